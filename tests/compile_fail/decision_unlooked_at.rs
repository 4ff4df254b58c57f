#![deny(unused_must_use)]

use confidant::decision::Decision;

fn main() {
    Decision::default();
}

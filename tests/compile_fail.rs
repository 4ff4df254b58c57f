//! What must not build, does not.

#[test]
#[cfg(all(feature = "json", feature = "vault"))]
fn the_wrong_thing_does_not_build() {
    trybuild::TestCases::new().compile_fail("tests/compile_fail/*.rs");
}

//! What a bench is to measure and how thoroughly, from the command line.

use std::env;
use std::process::ExitCode;

/// What to measure and how thoroughly.
pub(crate) struct Plan {
    only: Option<String>,
    pub(crate) quick: bool,
}

impl Plan {
    /// Measures what the command line asks for.
    pub(crate) fn run(measure: impl FnOnce(&Self)) -> ExitCode {
        match Self::read() {
            Ok(plan) => {
                measure(&plan);
                ExitCode::SUCCESS
            }
            Err(message) => {
                println!("{message}");
                ExitCode::from(2)
            }
        }
    }

    fn read() -> Result<Self, String> {
        let (mut only, mut quick) = (None, false);
        let mut args = env::args().skip(1);
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--only" => only = Some(args.next().ok_or("`--only` needs a value")?),
                "--quick" | "--test" => quick = true,
                "--bench" => {}
                _ => return Err(format!("`{arg}` is not an option here")),
            }
        }
        Ok(Self { only, quick })
    }

    pub(crate) fn wants(&self, part: &str) -> bool {
        self.only.as_deref().is_none_or(|only| only == part)
    }
}

//! What all examples do on the command line: options, output, errors and exit codes.

use std::{
    error::Error,
    fmt,
    io::{self, Write},
    process::ExitCode,
};

use clap::Parser;

pub type Outcome<T = ()> = Result<T, Box<dyn Error>>;

/// Runs an example with the options that were given.
///
/// The exit code is 0 if it ran or help was asked for, 1 if it failed, 2 if an option is wrong. Output that no reader takes any
/// more (`example | head`) ends it without an error, as other programs do.
pub fn run<O: Parser>(example: impl FnOnce(&O) -> Outcome) -> ExitCode {
    let outcome = match O::try_parse() {
        Ok(options) => example(&options),
        Err(help) if !help.use_stderr() => help.print().map_err(Into::into),
        Err(error) => {
            complain(error.to_string().trim_start_matches("error: ").trim_end());
            return ExitCode::from(2);
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if is_closed_pipe(&*error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn is_closed_pipe(error: &(dyn Error + 'static)) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// An error output that can't be written to is ignored: there is no other.
fn complain(problem: &str) {
    let _ = writeln!(io::stderr(), "error: {problem}");
}

/// `println!`, but an output that can't be written to is an error to return, no panic.
macro_rules! say {
    ($($text:tt)*) => { $crate::command_line::write_line(format_args!($($text)*))? };
}
pub(crate) use say;

pub fn write_line(line: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout(), "{line}")
}

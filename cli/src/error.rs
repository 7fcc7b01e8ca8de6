//! What can go wrong, what to do about it, and with which exit code the program ends.

use std::fmt::Display;
use std::path::Path;
use std::process::ExitCode;

use ewc_scenario::FileError;
use tonic::Code;

/// Help on exit codes, shown at the end of `ewc --help`.
pub const EXIT_CODES_HELP: &str = "\
Exit codes:
  0    done; with `plan`: the job would start now
  1    the job failed or was cancelled (`submit --wait`, `watch`);
       with `plan`: the job would start later
  2    wrong usage or unusable file; with `plan`: the job fits nowhere
  3    refused by the scheduler
  4    not found
  5    no scheduler can be reached, or none leads
  6    outcome unknown: the request may have taken effect, or nobody can say how the job ended
  130  interrupted

Results go to standard output, progress and errors to standard error.";

/// How the program ends when nothing is wrong with the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// 0: done.
    Done,
    /// 1: the job did not succeed, or would start later.
    NotSucceeded,
    /// 2: the job fits nowhere.
    Nowhere,
    /// 6: nobody can say how the job ended.
    OutcomeUnknown,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Done => 0,
            Exit::NotSucceeded => 1,
            Exit::Nowhere => 2,
            Exit::OutcomeUnknown => 6,
        })
    }
}

/// Who has to do something about an error; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The command line or a file is wrong.
    Usage,
    /// The scheduler refused the request.
    Refused,
    /// The thing asked for does not exist.
    NotFound,
    /// Nobody answers, or nobody leads.
    Unreachable,
    /// A request that changes something was sent, and no answer came.
    OutcomeUnknown,
    /// The reader of our output went away.
    OutputClosed,
    /// The user pressed Ctrl-C.
    Interrupted,
}

impl From<Kind> for ExitCode {
    fn from(kind: Kind) -> ExitCode {
        ExitCode::from(match kind {
            Kind::OutputClosed => 0,
            Kind::Usage => 2,
            Kind::Refused => 3,
            Kind::NotFound => 4,
            Kind::Unreachable => 5,
            Kind::OutcomeUnknown => 6,
            Kind::Interrupted => 130,
        })
    }
}

/// An error with a hint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// Decides the exit code.
    pub kind: Kind,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

impl CliError {
    /// An error without a hint.
    pub fn new(kind: Kind, message: impl Into<String>) -> CliError {
        CliError {
            kind,
            message: message.into(),
            hint: None,
        }
    }

    /// The command line or a file is wrong.
    pub fn usage(message: impl Into<String>) -> CliError {
        CliError::new(Kind::Usage, message)
    }

    /// A file cannot be used; the message names the file, and the field where one is wrong.
    pub fn of_file(path: &Path, error: &FileError) -> CliError {
        let (text, name) = (error.to_string(), path.display().to_string());
        // Some errors name the file themselves.
        if text.contains(&name) {
            CliError::usage(text)
        } else {
            CliError::usage(format!("{name}: {text}"))
        }
    }

    /// Adds what to do.
    pub fn hint(self, hint: impl Into<String>) -> CliError {
        CliError {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Adds what else to do.
    pub fn also_hint(self, more: impl Display) -> CliError {
        let hint = match &self.hint {
            Some(hint) => format!("{hint}; {more}"),
            None => more.to_string(),
        };
        self.hint(hint)
    }

    /// What a scheduler answered instead of a result.
    pub fn from_status(status: &tonic::Status) -> CliError {
        let message = match status.message() {
            "" => format!("the scheduler answered {:?}", status.code()),
            message => message.to_owned(),
        };
        let (kind, hint) = match status.code() {
            Code::NotFound => (Kind::NotFound, None),
            Code::Unavailable | Code::DeadlineExceeded => (Kind::Unreachable, None),
            Code::ResourceExhausted => (Kind::Refused, Some("try again later")),
            Code::AlreadyExists => (Kind::Refused, Some("use another --key for another job")),
            Code::PermissionDenied | Code::Unauthenticated => {
                (Kind::Refused, Some("check --cert, --key-file and --tenant"))
            }
            Code::Unimplemented => (Kind::Refused, Some("the scheduler is older than this ewc")),
            _ => (Kind::Refused, None),
        };
        CliError {
            kind,
            message,
            hint: hint.map(str::to_owned),
        }
    }
}

impl Display for CliError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "error: {}", self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for CliError {}

impl From<std::io::Error> for CliError {
    /// Of writing results; reading a file is reported with its name instead.
    fn from(error: std::io::Error) -> CliError {
        match error.kind() {
            std::io::ErrorKind::BrokenPipe => CliError::new(Kind::OutputClosed, "output closed"),
            _ => CliError::usage(format!("cannot write the result: {error}")),
        }
    }
}

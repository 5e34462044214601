//! Errors of [`linx_socket`] as terms: `{stage, errno}`, the errno as its number.

use linx_socket::{OpenError, Stage, number};
use rustler::{Atom, Encoder, Env, Term};

mod atoms {
    rustler::atoms! { open, setns, socket, bind, thread, ioctl }
}

/// An error of [`linx_socket`], encoded as `{stage, errno}`.
pub struct StageError(OpenError);

impl From<OpenError> for StageError {
    fn from(error: OpenError) -> Self {
        Self(error)
    }
}

impl Encoder for StageError {
    fn encode<'a>(&self, env: Env<'a>) -> Term<'a> {
        (stage(self.0.stage), number(self.0.errno)).encode(env)
    }
}

fn stage(stage: Stage) -> Atom {
    match stage {
        Stage::Open => atoms::open(),
        Stage::Setns => atoms::setns(),
        Stage::Socket => atoms::socket(),
        Stage::Bind => atoms::bind(),
        Stage::Thread => atoms::thread(),
        Stage::Ioctl => atoms::ioctl(),
    }
}

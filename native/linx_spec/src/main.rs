//! `linx_spec FILE` reads a YAML file and writes its document to standard output as an Erlang term.
//! A fault goes to standard error as `LINE: TEXT`, with exit status 1.

mod term;

use std::io::Write;
use std::process::ExitCode;

use saphyr::{LoadableYamlNode, MarkedYaml};

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("0: usage: linx_spec FILE");
        return ExitCode::FAILURE;
    };

    match read(&file).and_then(|bytes| {
        std::io::stdout().write_all(&bytes).map_err(|error| (0, error.to_string()))
    }) {
        Ok(()) => ExitCode::SUCCESS,
        Err((line, text)) => {
            eprintln!("{line}: {text}");
            ExitCode::FAILURE
        }
    }
}

fn read(file: &std::ffi::OsStr) -> Result<Vec<u8>, term::Fault> {
    let text = std::fs::read_to_string(file).map_err(|error| (0, error.to_string()))?;
    let documents = MarkedYaml::load_from_str(&text)
        .map_err(|error| (error.marker().line(), error.info().to_string()))?;

    match documents.as_slice() {
        [document] => term::of(document),
        several => Err((1, format!("{} documents in place of one", several.len()))),
    }
}

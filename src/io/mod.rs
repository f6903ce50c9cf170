//! The only place that opens files; one file for each thing read or written.

pub mod articles;
pub mod corpus;
pub mod dialect;
pub mod gazetteer;
pub mod gazetteer_check;
pub mod model;
pub mod opinions;
pub mod record;
pub mod rows;
pub mod vectors;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use crate::{Error, Location, Result};

/// A buffered reader of a file, or of standard input where the path is `-`; a byte order mark is passed over.
///
/// # Errors
/// If the file cannot be opened, or is a folder.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let mut reader: Box<dyn BufRead + Send> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        let is_folder = file.metadata().map_err(|e| Error::io(path, e))?.is_dir();
        if is_folder {
            return Err(Error::row(Location::file(path), "is a folder, expected a file"));
        }
        Box::new(BufReader::with_capacity(1 << 18, file))
    };
    let start = reader.fill_buf().map_err(|e| Error::io(path, e))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(reader)
}

/// Reads a whole file as text.
///
/// # Errors
/// If it cannot be read, is longer than `limit` bytes, is not UTF-8 or holds a NUL byte (line and byte offset named).
pub fn read_text(path: &Path, limit: u64) -> Result<String> {
    text_of(path, open(path)?, limit)
}

fn text_of(path: &Path, reader: impl Read, limit: u64) -> Result<String> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes).map_err(|e| Error::io(path, e))?;
    if bytes.len() as u64 > limit {
        return Err(Error::row(
            Location::file(path),
            format!("is longer than {} MB, the most that is read as one text", limit >> 20),
        ));
    }
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        let line = 1 + memchr::memchr_iter(b'\n', &e.as_bytes()[..at]).count() as u64;
        Error::row(Location::file(path).line(line), format!("is not UTF-8 at byte {at} of the file"))
    })?;
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        let line = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..at]).count() as u64;
        return Err(Error::row(
            Location::file(path).line(line),
            format!("holds a NUL byte at byte {at}; is it a text file?"),
        ));
    }
    Ok(text)
}

/// What the system said where writing CSV failed, so that a closed pipe is known as one.
pub fn system_error(error: csv::Error) -> io::Error {
    let text = error.to_string();
    match error.into_kind() {
        csv::ErrorKind::Io(e) => e,
        _ => io::Error::other(text),
    }
}

/// Where a file is written: a link is followed; a device, a pipe or standard output (`-`) is no file.
enum Output {
    File(PathBuf),
    Stream,
    Standard,
}

fn output(path: &Path) -> Output {
    match std::fs::metadata(path) {
        _ if path == Path::new("-") => Output::Standard,
        Ok(known) if !known.is_file() && !known.is_dir() => Output::Stream,
        _ => Output::File(std::fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf())),
    }
}

fn temporary_beside(path: &Path) -> io::Result<tempfile::NamedTempFile> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // what is wrong with the folder is told without the name of a file that nobody asked for
    std::fs::read_dir(folder)?;
    tempfile::Builder::new().prefix(".geostance-").tempfile_in(folder)
}

/// Refuses an output that cannot be written to or is one of the inputs, before any work is done.
///
/// # Errors
/// If it is a folder or an input, or its folder cannot be written to.
pub fn check_output<'p>(path: &Path, inputs: impl IntoIterator<Item = &'p Path>) -> Result<()> {
    let refuse = |why: &str| Err(Error::row(Location::file(path), why));
    if path.is_dir() {
        return refuse("is a folder, expected the name of a file to write");
    }
    let Output::File(place) = output(path) else { return Ok(()) };
    if inputs.into_iter().any(|input| std::fs::canonicalize(input).is_ok_and(|input| input == place)) {
        return refuse("is read and cannot be written to by the same command");
    }
    temporary_beside(&place).map(drop).map_err(|e| Error::io(path, e))
}

/// Writes a file whole or not at all: into a temporary file beside it, which is then renamed. A device, a
/// pipe or standard output (`-`) is written to as it stands.
///
/// # Errors
/// If the folder cannot be written to or the disk is full; the file that stood there before is untouched.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, e);
    let stream: Box<dyn Write> = match output(path) {
        Output::File(place) => return write_file(path, &place, fill),
        Output::Stream => Box::new(File::options().write(true).open(path).map_err(failed)?),
        Output::Standard => Box::new(io::stdout().lock()),
    };
    let mut out = BufWriter::new(stream);
    fill(&mut out)?;
    out.flush().map_err(failed)
}

fn write_file(path: &Path, place: &Path, fill: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, e);
    let mut out = BufWriter::new(temporary_beside(place).map_err(failed)?);
    fill(&mut out)?;
    let file = out.into_inner().map_err(|e| failed(e.into_error()))?;
    file.as_file().sync_all().map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(place).map_or(0o644, |m| m.permissions().mode());
        file.as_file().set_permissions(std::fs::Permissions::from_mode(mode)).map_err(failed)?;
    }
    file.persist(place).map_err(|e| failed(e.error))?;
    Ok(())
}

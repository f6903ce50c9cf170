//! The only place that opens files; one file for each thing read or written.

pub mod articles;
mod columnar;
pub mod corpus;
pub mod dialect;
pub mod gazetteer;
pub mod gazetteer_check;
pub mod journal;
pub mod model;
pub mod opinions;
pub mod packed;
pub mod record;
pub mod rows;
pub mod table;
pub mod vectors;

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{Error, Location, Result};

use packed::{Packer, Packing, unpacked};

/// A buffered reader of a file, or of standard input where the path is `-`; what is packed with gzip or Zstandard is
/// unpacked, and a byte order mark passed over.
///
/// # Errors
/// If the file cannot be opened, or is a folder.
pub fn open(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    open_counted(path, &Arc::default())
}

/// As [`open`]; what is read of the file is counted, in bytes as they lie on disk.
pub(crate) fn open_counted(path: &Path, n_read: &Arc<AtomicU64>) -> Result<Box<dyn BufRead + Send>> {
    let failed = |e| Error::io(path, e);
    let mut reader: Box<dyn BufRead + Send> = if path == Path::new("-") {
        Box::new(BufReader::new(io::stdin()))
    } else {
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        if metadata.is_dir() {
            return Err(Error::row(Location::file(path), "is a folder, expected a file"));
        }
        let known = KnownFile { file, size: metadata.len(), read: 0, n_read: n_read.clone() };
        Box::new(BufReader::with_capacity(1 << 18, known))
    };
    if let Some(packing) = Packing::guess(reader.fill_buf().map_err(failed)?) {
        reader = unpacked(reader, packing).map_err(failed)?;
    }
    if reader.fill_buf().map_err(failed)?.starts_with(b"\xef\xbb\xbf") {
        reader.consume(3);
    }
    Ok(reader)
}

/// A file of which is known how large it was when it was opened.
struct KnownFile {
    file: File,
    size: u64,
    read: u64,
    n_read: Arc<AtomicU64>,
}

impl Read for KnownFile {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(out)?;
        self.read += n as u64;
        self.n_read.fetch_add(n as u64, Ordering::Relaxed);
        if n == 0 && !out.is_empty() && self.read < self.size {
            let (read, size) = (self.read, self.size);
            let message = format!("shrank while it was read: it had {size} bytes, and ends after {read}");
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
        }
        Ok(n)
    }
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

/// A file without a name in the folder of temporary files, which goes when it is closed.
///
/// # Errors
/// If the folder cannot be written to.
pub fn scratch_file() -> Result<File> {
    tempfile::tempfile().map_err(|e| Error::io(std::env::temp_dir(), e))
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

/// Writes a file whole or not at all: into a temporary file beside it, which is then renamed, packed where its name
/// ends in `.gz` or `.zst`. A device, a
/// pipe or standard output (`-`) is written to as it stands.
///
/// # Errors
/// If the folder cannot be written to or the disk is full; the file that stood there before is untouched.
pub fn write_whole(path: &Path, fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, e);
    let stream: Box<dyn Write + Send> = match output(path) {
        Output::File(place) => return write_file(path, &place, fill),
        Output::Stream => Box::new(File::options().write(true).open(path).map_err(failed)?),
        Output::Standard => Box::new(io::stdout()),
    };
    let mut out = BufWriter::new(stream);
    fill(&mut out)?;
    out.flush().map_err(failed)
}

fn write_file(
    path: &Path,
    place: &Path,
    fill: impl FnOnce(&mut (dyn Write + Send)) -> Result<()>,
) -> Result<()> {
    let failed = |e: io::Error| Error::io(path, e);
    let file = temporary_beside(place).map_err(failed)?;
    let mut packer = BufWriter::new(Packer::new(BufWriter::new(file), Packing::of(path)).map_err(failed)?);
    fill(&mut packer)?;
    let packer = packer.into_inner().map_err(|e| failed(e.into_error()))?;
    let out = packer.finish().map_err(failed)?;
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

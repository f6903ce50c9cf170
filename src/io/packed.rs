//! Compressed files: `.gz` and `.zst` are unpacked as they are read and packed as they are written.

use std::ffi::OsStr;
use std::fmt::Display;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::bufread::MultiGzDecoder;
use flate2::write::GzEncoder;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// gzip, any number of members.
    Gzip,
    /// Zstandard, any number of frames.
    Zstd,
}

impl Packing {
    /// By the ending of the file's name, `gz` or `zst`.
    pub fn of(path: &Path) -> Option<Packing> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "gz" => Some(Packing::Gzip),
            "zst" => Some(Packing::Zstd),
            _ => None,
        }
    }

    /// By the first bytes of a file.
    pub fn guess(head: &[u8]) -> Option<Packing> {
        match head {
            [0x1f, 0x8b, ..] => Some(Packing::Gzip),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Some(Packing::Zstd),
            _ => None,
        }
    }

    /// Its name as a coding of HTTP.
    pub const fn coding(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "zstd",
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Packing::Gzip => "gzip",
            Packing::Zstd => "Zstandard",
        }
    }
}

/// The ending that tells what is in a file, in lower case: `jsonl` of `a.jsonl.gz`.
pub fn inner_ending(path: &Path) -> Option<String> {
    let inner: PathBuf = if Packing::of(path).is_some() { path.with_extension("") } else { path.into() };
    inner.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase)
}

/// What was unpacked before a fault is handed on in pieces no larger than this; the piece with the fault is lost.
const PIECE: usize = 8 << 10;

/// A reader of what is packed in another.
///
/// # Errors
/// If the decoder cannot be set up.
pub fn unpacked(reader: Box<dyn BufRead + Send>, packing: Packing) -> io::Result<Box<dyn BufRead + Send>> {
    let packed = Counted { reader, n_bytes: 0 };
    let decoder = match packing {
        Packing::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(packed))),
        Packing::Zstd => Decoder::Zstd(zstd::stream::read::Decoder::with_buffer(packed)?),
    };
    Ok(Box::new(BufReader::with_capacity(1 << 16, Unpacked { decoder, n_bytes: 0 })))
}

struct Counted {
    reader: Box<dyn BufRead + Send>,
    n_bytes: u64,
}

impl Read for Counted {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = self.reader.read(out)?;
        self.n_bytes += n as u64;
        Ok(n)
    }
}

impl BufRead for Counted {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }
    fn consume(&mut self, n: usize) {
        self.n_bytes += n as u64;
        self.reader.consume(n);
    }
}

enum Decoder {
    Gzip(Box<MultiGzDecoder<Counted>>),
    Zstd(zstd::stream::read::Decoder<'static, Counted>),
}

/// A decoder whose errors say where.
struct Unpacked {
    decoder: Decoder,
    n_bytes: u64,
}

impl Read for Unpacked {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let n = out.len().min(PIECE);
        let (read, packing, at) = match &mut self.decoder {
            Decoder::Gzip(decoder) => {
                let read = decoder.read(&mut out[..n]);
                (read, Packing::Gzip, decoder.get_ref().n_bytes)
            }
            Decoder::Zstd(decoder) => {
                let read = decoder.read(&mut out[..n]);
                (read, Packing::Zstd, decoder.get_ref().n_bytes)
            }
        };
        let told = |what: &dyn Display| {
            let (name, before) = (packing.as_str(), self.n_bytes);
            let message = format!(
                "{name} data {what} at byte {at} of the file; {before} bytes were unpacked before it"
            );
            io::Error::new(ErrorKind::InvalidData, message)
        };
        match read {
            Ok(n) => {
                self.n_bytes += n as u64;
                Ok(n)
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => Err(e),
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => Err(told(&"ends too early")),
            Err(e) => Err(told(&format_args!("is damaged ({e})"))),
        }
    }
}

/// A writer that packs what it is given; [`Packer::finish`] writes the end, without which the file is cut short.
pub enum Packer<W: Write> {
    /// As it stands.
    Plain(W),
    /// gzip.
    Gzip(GzEncoder<W>),
    /// Zstandard.
    Zstd(zstd::stream::write::Encoder<'static, W>),
}

impl<W: Write> Packer<W> {
    /// Packs as the name of the file says.
    ///
    /// # Errors
    /// If the encoder cannot be set up.
    pub fn new(out: W, packing: Option<Packing>) -> io::Result<Packer<W>> {
        Ok(match packing {
            None => Packer::Plain(out),
            Some(Packing::Gzip) => Packer::Gzip(GzEncoder::new(out, Compression::default())),
            Some(Packing::Zstd) => Packer::Zstd(zstd::stream::write::Encoder::new(out, 0)?),
        })
    }

    /// Writes the end of the packed data and hands back what it was written to.
    ///
    /// # Errors
    /// What the system says.
    pub fn finish(self) -> io::Result<W> {
        match self {
            Packer::Plain(out) => Ok(out),
            Packer::Gzip(out) => out.finish(),
            Packer::Zstd(out) => out.finish(),
        }
    }
}

impl<W: Write> Write for Packer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Packer::Plain(out) => out.write(bytes),
            Packer::Gzip(out) => out.write(bytes),
            Packer::Zstd(out) => out.write(bytes),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        match self {
            Packer::Plain(out) => out.flush(),
            // what is held back is written by `finish`: to write it sooner packs worse
            Packer::Gzip(_) | Packer::Zstd(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(packing: Packing, parts: &[&str]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in parts {
            let mut packer = Packer::new(Vec::new(), Some(packing)).unwrap();
            packer.write_all(part.as_bytes()).unwrap();
            bytes.extend(packer.finish().unwrap());
        }
        bytes
    }

    fn unpack(bytes: Vec<u8>) -> (String, Option<String>) {
        let packing = Packing::guess(&bytes).unwrap();
        let mut reader = unpacked(Box::new(io::Cursor::new(bytes)), packing).unwrap();
        let mut out = String::new();
        loop {
            match reader.fill_buf() {
                Ok([]) => return (out, None),
                Ok(piece) => {
                    let n = piece.len();
                    out.push_str(std::str::from_utf8(piece).unwrap());
                    reader.consume(n);
                }
                Err(e) => return (out, Some(e.to_string())),
            }
        }
    }

    #[test]
    fn members_and_frames_are_read_as_one() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            assert_eq!(unpack(pack(packing, &["one ", "two"])), ("one two".to_owned(), None));
        }
    }

    #[test]
    fn a_damaged_member_keeps_what_came_before_and_says_where() {
        for packing in [Packing::Gzip, Packing::Zstd] {
            let first = pack(packing, &["the first part\n"]).len();
            let whole = pack(packing, &["the first part\n", &"the second part\n".repeat(9)]);
            let (before, fault) = unpack(whole[..whole.len() - 12].to_vec());
            assert!(before.starts_with("the first part\n"));
            assert!(fault.unwrap().contains("ends too early at byte"));
            let mut damaged = whole;
            damaged[first + 1] ^= 0xff;
            let (before, fault) = unpack(damaged);
            assert_eq!(before, "the first part\n");
            assert!(fault.unwrap().contains("of the file; 15 bytes were unpacked before it"));
        }
    }

    #[test]
    fn the_ending_inside_tells_what_a_file_is() {
        assert_eq!(inner_ending(Path::new("a.jsonl.gz")).as_deref(), Some("jsonl"));
        assert_eq!(inner_ending(Path::new("a.b.CSV.ZST")).as_deref(), Some("csv"));
        assert_eq!(inner_ending(Path::new("a.txt")).as_deref(), Some("txt"));
        assert_eq!(inner_ending(Path::new("gz")), None);
    }
}

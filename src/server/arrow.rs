//! Arrow streams from strangers: what is said to be in them is looked at before anything is decoded.
//!
//! A message says how long its columns are and how large they become when they are unpacked, and the decoder makes room for
//! whatever it says.

use arrow_ipc::{Message, MessageHeader, root_as_message};
use axum::http::StatusCode;

use super::body::too_many;
use super::problem::Problem;

/// What stands before the length of a message since format 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];

fn damaged() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "the body is no Arrow stream, or a damaged one")
}

/// Refuses a stream whose messages do not lie within its bytes, whose columns are packed one by one (the whole body may be
/// packed, and is then bounded), or that holds more than `most` rows.
pub(super) fn check(mut bytes: &[u8], most: usize) -> Result<(), Problem> {
    let mut n_rows: usize = 0;
    while !bytes.is_empty() {
        bytes = bytes.strip_prefix(&CONTINUATION).unwrap_or(bytes);
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*length) as usize;
        if length == 0 {
            return Ok(());
        }
        let (head, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        let message = root_as_message(head).map_err(|_| damaged())?;
        let body = usize::try_from(message.bodyLength()).map_err(|_| damaged())?;
        if rest.len() < body {
            return Err(damaged());
        }
        n_rows = n_rows.saturating_add(rows(&message, body)?);
        if n_rows > most {
            return Err(too_many(most));
        }
        bytes = &rest[body..];
    }
    Ok(())
}

/// Rows of a message: those of a dictionary are its values, of which there are no more than bytes.
fn rows(message: &Message<'_>, body: usize) -> Result<usize, Problem> {
    let dictionary = message.header_as_dictionary_batch();
    let batch = match message.header_type() {
        MessageHeader::RecordBatch => message.header_as_record_batch(),
        MessageHeader::DictionaryBatch => dictionary.and_then(|d| d.data()),
        _ => return Ok(0),
    };
    let batch = batch.ok_or_else(damaged)?;
    if batch.compression().is_some() {
        let detail =
            "columns that are packed one by one are not read here: pack the whole body (Content-Encoding)";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let n = usize::try_from(batch.length()).map_err(|_| damaged())?;
    match dictionary {
        Some(_) if n > body => Err(damaged()),
        Some(_) => Ok(0),
        None => Ok(n),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::{Int32Array, NullArray, RecordBatch};
    use arrow_ipc::CompressionType;
    use arrow_ipc::writer::{IpcWriteOptions, StreamWriter};
    use arrow_schema::{DataType, Field, Schema};
    use std::sync::Arc;

    fn stream(n: usize, packed: Option<CompressionType>) -> Vec<u8> {
        let fields = vec![Field::new("n", DataType::Int32, false), Field::new("none", DataType::Null, true)];
        let schema = Arc::new(Schema::new(fields));
        let columns: Vec<arrow_array::ArrayRef> =
            vec![Arc::new(Int32Array::from_iter_values(0..n as i32)), Arc::new(NullArray::new(n))];
        let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
        let options = IpcWriteOptions::default().try_with_compression(packed).unwrap();
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &schema, options).unwrap();
        writer.write(&batch).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    }

    #[test]
    fn what_a_stream_says_of_itself_is_bounded() {
        let whole = stream(100, None);
        assert!(check(&whole, 200).is_ok());
        assert_eq!(check(&whole, 199).unwrap_err().status, 422);
        assert_eq!(check(&stream(100, Some(CompressionType::ZSTD)), 200).unwrap_err().status, 415);
        assert_eq!(check(b"ARROW1 and more", 200).unwrap_err().status, 400);
        // cut anywhere it is damaged, or ends between two messages
        for n in 1..whole.len() {
            let _ = check(&whole[..n], 200);
        }
        assert_eq!(check(&whole[..whole.len() / 2], 200).unwrap_err().status, 400);
    }
}

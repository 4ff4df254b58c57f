//! Forms of several parts, as files are sent.

use crate::Error;
use crate::random::random;

/// A form of several parts (RFC 7578), each of which is a field or a file.
pub(in crate::model) struct Form {
    boundary: String,
    out: Vec<u8>,
}

impl Form {
    /// Begins a form whose parts are kept apart by random letters.
    pub(in crate::model) fn new() -> Result<Self, Error> {
        let mut bytes = [0; 24];
        random(&mut bytes)?;
        let boundary = bytes.iter().map(|byte| char::from(b'a' + byte % 26));
        Ok(Self {
            boundary: boundary.collect(),
            out: Vec::new(),
        })
    }

    /// Adds a field.
    pub(in crate::model) fn field(mut self, name: &str, value: &str) -> Self {
        self.head(name, None, None);
        self.out.extend_from_slice(value.as_bytes());
        self.out.extend_from_slice(b"\r\n");
        self
    }

    /// Adds a file under a name.
    pub(in crate::model) fn file(
        mut self,
        name: &str,
        file_name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Self {
        self.head(name, Some(file_name), Some(media_type));
        self.out.extend_from_slice(bytes);
        self.out.extend_from_slice(b"\r\n");
        self
    }

    fn head(&mut self, name: &str, file_name: Option<&str>, media_type: Option<&str>) {
        let quoted = |out: &mut Vec<u8>, member: &str, text: &str| {
            out.extend_from_slice(format!("; {member}=\"").as_bytes());
            for char in text.chars() {
                match char {
                    '"' => out.extend_from_slice(b"%22"),
                    '\r' => out.extend_from_slice(b"%0D"),
                    '\n' => out.extend_from_slice(b"%0A"),
                    other => {
                        out.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
            }
            out.push(b'"');
        };
        self.out
            .extend_from_slice(format!("--{}\r\n", self.boundary).as_bytes());
        self.out
            .extend_from_slice(b"content-disposition: form-data");
        quoted(&mut self.out, "name", name);
        if let Some(file_name) = file_name {
            quoted(&mut self.out, "filename", file_name);
        }
        if let Some(media_type) = media_type {
            // A media type with more than these characters would end the header.
            let plain = media_type.chars().filter(|c| !c.is_control());
            self.out.extend_from_slice(b"\r\ncontent-type: ");
            self.out
                .extend_from_slice(plain.collect::<String>().as_bytes());
        }
        self.out.extend_from_slice(b"\r\n\r\n");
    }

    /// Returns the media type and the bytes.
    pub(in crate::model) fn finish(mut self) -> (String, Vec<u8>) {
        self.out
            .extend_from_slice(format!("--{}--\r\n", self.boundary).as_bytes());
        let content_type = format!("multipart/form-data; boundary={}", self.boundary);
        (content_type, self.out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_break_out_of_their_places() {
        let form = Form::new().unwrap();
        let boundary = form.boundary.clone();
        let form = form.field("purpose", "batch");
        let form = form.file("file", "a\"\r\nx: y", "text/plain\r\nx: y", b"1\n2");
        let (content_type, body) = form.finish();
        assert_eq!(
            content_type,
            format!("multipart/form-data; boundary={boundary}")
        );
        let expected = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n\
             --{boundary}\r\ncontent-disposition: form-data; name=\"file\"; \
             filename=\"a%22%0D%0Ax: y\"\r\ncontent-type: text/plainx: y\r\n\r\n1\n2\r\n\
             --{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).unwrap(), expected);
        let other = Form::new().unwrap();
        assert_ne!(other.boundary, boundary);
    }
}

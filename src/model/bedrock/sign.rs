//! Signatures of AWS, version 4.

use std::fmt::Write as _;
use std::sync::Arc;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::key::{IamKey, IamSource};
use crate::Error;
use crate::time::Clock;

/// Signs requests with a key of IAM.
pub(in crate::model) struct Signer {
    source: IamSource,
    region: String,
    service: &'static str,
    clock: Arc<dyn Clock>,
}

impl Signer {
    pub(super) fn new(source: IamSource, region: String, clock: Arc<dyn Clock>) -> Self {
        Self {
            source,
            region,
            service: "bedrock",
            clock,
        }
    }

    /// Returns the headers that make a POST of this body to this address a signed one.
    pub(in crate::model) async fn headers(
        &self,
        url: &Url,
        body: &[u8],
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Error> {
        let owned;
        let key = match &self.source {
            IamSource::Fixed(key) => &**key,
            IamSource::Dynamic(source) => {
                owned = source.key().await?;
                &owned
            }
        };
        let bad = || Error::config("key cannot go into a header");
        let now = Timestamp::from_second(self.clock.now().unix_seconds())
            .map_err(|_| Error::config("clock is beyond the calendar"))?;
        let at = now.strftime("%Y%m%dT%H%M%SZ").to_string();
        let authorization = self.authorization(key, url, body, &at)?;
        let mut secret = HeaderValue::from_str(&authorization).map_err(|_| bad())?;
        secret.set_sensitive(true);
        let date = HeaderValue::from_str(&at).map_err(|_| bad())?;
        let mut headers = vec![
            (AUTHORIZATION, secret),
            (HeaderName::from_static("x-amz-date"), date),
        ];
        if let Some(session) = &key.session {
            let mut token = HeaderValue::from_str(session.expose_secret()).map_err(|_| bad())?;
            token.set_sensitive(true);
            headers.push((HeaderName::from_static("x-amz-security-token"), token));
        }
        Ok(headers)
    }

    fn authorization(
        &self,
        iam: &IamKey,
        url: &Url,
        body: &[u8],
        at: &str,
    ) -> Result<String, Error> {
        let (day, _) = at.split_at_checked(8).unwrap_or((at, ""));
        let host = match (url.host_str(), url.port()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            (host, _) => host.unwrap_or_default().to_owned(),
        };
        let session = iam
            .session
            .as_ref()
            .map_or("", |token| token.expose_secret().as_str());
        // With room for all of it, no copy of the token is left behind.
        let room = url.as_str().len() * 3 + host.len() + session.len() + 512;
        let mut canonical = Zeroizing::new(String::with_capacity(room));
        let mut line = |text: &[&str]| {
            text.iter().for_each(|text| canonical.push_str(text));
            canonical.push('\n');
        };
        line(&["POST"]);
        line(&[&encode(url.path())]);
        line(&[url.query().unwrap_or_default()]);
        line(&["host:", &host]);
        line(&["x-amz-date:", at]);
        let mut signed = "host;x-amz-date";
        if iam.session.is_some() {
            line(&["x-amz-security-token:", session]);
            signed = "host;x-amz-date;x-amz-security-token";
        }
        line(&[]);
        line(&[signed]);
        canonical.push_str(&hex(&Sha256::digest(body)));
        let scope = format!("{day}/{}/{}/aws4_request", self.region, self.service);
        let digest = hex(&Sha256::digest(canonical.as_bytes()));
        let to_sign = format!("AWS4-HMAC-SHA256\n{at}\n{scope}\n{digest}");
        let secret = iam.secret.expose_secret();
        let mut first = Zeroizing::new(Vec::with_capacity(4 + secret.len()));
        first.extend_from_slice(b"AWS4");
        first.extend_from_slice(secret.as_bytes());
        let mut key = mac(&first, day.as_bytes())?;
        for part in [self.region.as_str(), self.service, "aws4_request", &to_sign] {
            key = mac(&*key, part.as_bytes())?;
        }
        Ok(format!(
            "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={signed}, Signature={}",
            iam.id,
            hex(&*key)
        ))
    }
}

/// A key that is wiped when it is dropped.
type MacKey = Zeroizing<[u8; 32]>;

fn mac(key: &[u8], text: &[u8]) -> Result<MacKey, Error> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key)
        .map_err(|_| Error::config("key cannot verify a signature"))?;
    mac.update(text);
    Ok(Zeroizing::new(mac.finalize().into_bytes().into()))
}

/// Encodes a path once more, as every service but S3 does.
fn encode(path: &str) -> String {
    let mut encoded = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use crate::time::SystemClock;

    fn key(session: Option<&str>) -> IamKey {
        let secret = Secret::from("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY".to_owned());
        let key = IamKey::new("AKIDEXAMPLE", secret);
        match session {
            Some(session) => key.with_session(Secret::from(session.to_owned())),
            None => key,
        }
    }

    fn sign(session: Option<&str>, url: &Url, body: &[u8], at: &str) -> String {
        let source = IamSource::Fixed(Box::new(key(None)));
        let signer = Signer {
            service: "service",
            ..Signer::new(source, "us-east-1".to_owned(), Arc::new(SystemClock::new()))
        };
        signer.authorization(&key(session), url, body, at).unwrap()
    }

    #[test]
    fn the_published_vector_is_met() {
        // `post-vanilla` of the test suite of signature version 4.
        let url = Url::parse("https://example.amazonaws.com/").unwrap();
        let signed = sign(None, &url, b"", "20150830T123600Z");
        assert_eq!(
            signed,
            "AWS4-HMAC-SHA256 \
             Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, \
             Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"
        );
    }

    #[test]
    fn a_path_is_encoded_once_more() {
        assert_eq!(
            encode("/model/a.b-v1:0/converse"),
            "/model/a.b-v1%3A0/converse"
        );
        assert_eq!(encode("/model/arn%3Aaws%2Fx"), "/model/arn%253Aaws%252Fx");
    }

    #[test]
    fn everything_that_is_signed_counts() {
        let url = |text| Url::parse(text).unwrap();
        let one = url("https://example.amazonaws.com/a");
        let at = "20150830T123600Z";
        let base = sign(None, &one, b"x", at);
        for other in [
            sign(Some("token"), &one, b"x", at),
            sign(None, &url("https://example.amazonaws.com/b"), b"x", at),
            sign(None, &url("https://example.amazonaws.com:8443/a"), b"x", at),
            sign(None, &one, b"y", at),
            sign(None, &one, b"x", "20150830T123601Z"),
            sign(None, &one, b"x", "20150831T123600Z"),
        ] {
            assert_ne!(other, base);
        }
    }
}

//! What addresses begin with, as ends of a text.

/// What a text ends with: bytes of the tail, and a mask of as many.
#[derive(Clone, Copy)]
pub(super) struct End {
    bytes: u128,
    mask: u128,
    pub(super) len: u32,
}

impl End {
    const fn of(text: &[u8]) -> Self {
        let (mut bytes, mut mask, mut rest) = (0, 0, text);
        while let [byte, after @ ..] = rest {
            bytes = bytes << 8 | *byte as u128;
            mask = mask << 8 | 0xff;
            rest = after;
        }
        Self {
            bytes,
            mask,
            len: text.len() as u32,
        }
    }

    pub(super) const fn is_at(self, tail: u128) -> bool {
        tail & self.mask == self.bytes
    }
}

/// Attributes of HTML that lead somewhere. A longer name may end with one of them.
pub(super) const ATTRIBUTES: [End; 13] = [
    End::of(b"action"),
    End::of(b"background"),
    End::of(b"cite"),
    End::of(b"codebase"),
    End::of(b"href"),
    End::of(b"longdesc"),
    End::of(b"manifest"),
    End::of(b"ping"),
    End::of(b"poster"),
    End::of(b"profile"),
    End::of(b"src"),
    End::of(b"srcset"),
    End::of(b"usemap"),
];
/// Attributes of HTML whose value may hold an address.
pub(super) const HOLDERS: [End; 3] = [End::of(b"content"), End::of(b"data"), End::of(b"style")];
/// Schemes after which browsers see an address however many slashes follow.
pub(super) const SCHEMES: [End; 6] = [
    End::of(b"http:"),
    End::of(b"https:"),
    End::of(b"ws:"),
    End::of(b"wss:"),
    End::of(b"ftp:"),
    End::of(b"file:"),
];
/// Schemes that lead somewhere without slashes.
pub(super) const BARE_SCHEMES: [End; 18] = [
    End::of(b"blob:"),
    End::of(b"callto:"),
    End::of(b"data:"),
    End::of(b"facetime:"),
    End::of(b"feed:"),
    End::of(b"intent:"),
    End::of(b"javascript:"),
    End::of(b"magnet:"),
    End::of(b"mailto:"),
    End::of(b"mms:"),
    End::of(b"sip:"),
    End::of(b"sips:"),
    End::of(b"skype:"),
    End::of(b"sms:"),
    End::of(b"smsto:"),
    End::of(b"tel:"),
    End::of(b"vbscript:"),
    End::of(b"view-source:"),
];
/// What else begins an address behind any scheme, in text and in the escapes of JSON.
pub(super) const SLASHES: [End; 3] = [End::of(b":/"), End::of(b":\\/"), End::of(b":\\\\")];
/// Addresses without a scheme, where no word or scheme stands before them.
pub(super) const RELATIVE: [End; 5] = [
    End::of(b"www."),
    End::of(b"//"),
    End::of(b"/\\"),
    End::of(b"\\\\"),
    End::of(b"\\/"),
];
/// What stands before the target of a link, and before that of a reference.
pub(super) const TARGETS: [End; 2] = [End::of(b"]("), End::of(b"url(")];
pub(super) const REFERENCE: End = End::of(b"]:");
/// Quotes in the entities of HTML.
pub(super) const QUOTE_ENTITIES: [End; 6] = [
    End::of(b"&quot;"),
    End::of(b"&apos;"),
    End::of(b"&#34;"),
    End::of(b"&#39;"),
    End::of(b"&#x22;"),
    End::of(b"&#x27;"),
];

/// Marks of an address in the entities of HTML, without `&` and `;`.
const MARKS: [&[u8]; 6] = [b"bsol", b"colon", b"num", b"period", b"quest", b"sol"];
/// The longest entity that is read.
const MAX_ENTITY: usize = 12;

/// Returns whether a text ends with the entity of a mark of an address: of a dot, a slash, a
/// colon, a question mark or a hash.
pub(super) fn ends_with_mark(tail: u128) -> bool {
    let bytes = tail.to_le_bytes();
    let start = bytes.iter().take(MAX_ENTITY).position(|byte| *byte == b'&');
    let Some(reversed) = start.and_then(|start| bytes.get(1..start)) else {
        return false;
    };
    let mut name: Vec<u8> = reversed.to_vec();
    name.reverse();
    let Some(number) = name.strip_prefix(b"#") else {
        return MARKS.contains(&&*name);
    };
    let text = str::from_utf8(number).unwrap_or_default();
    let code = match text.strip_prefix('x') {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => text.parse(),
    };
    let char = code.ok().and_then(char::from_u32);
    char.is_some_and(|char| "./:?#\\".contains(char))
}

/// The byte before so many others at the end.
pub(super) const fn byte_at(tail: u128, back: u32) -> u8 {
    match tail.checked_shr(8 * back) {
        Some(rest) => rest as u8,
        None => 0,
    }
}

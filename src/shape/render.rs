//! Text that is built at compile time.

use super::message::Blank;
use super::{Dims, Message, UNKNOWN};
use crate::call::Value;

/// The longest text in bytes, which is about forty lines. Longer texts are truncated and end in "…".
const CAPACITY: usize = 4096;

/// A text that is built in a `const fn`.
pub(crate) struct Text {
    bytes: [u8; CAPACITY],
    length: usize,
}

impl Text {
    pub(crate) const fn new() -> Self {
        Text { bytes: [0; CAPACITY], length: 0 }
    }

    pub(crate) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "this layer does not fit",
        }
    }

    pub(crate) const fn text(&mut self, text: &str) -> &mut Self {
        let bytes = text.as_bytes();
        let ellipsis = "…".as_bytes();
        if self.length + bytes.len() + ellipsis.len() > CAPACITY {
            if self.length + ellipsis.len() <= CAPACITY {
                self.copy(ellipsis);
            }
            return self;
        }
        self.copy(bytes);
        self
    }

    const fn copy(&mut self, bytes: &[u8]) {
        let mut i = 0;
        while i < bytes.len() {
            self.bytes[self.length] = bytes[i];
            self.length += 1;
            i += 1;
        }
    }

    pub(crate) const fn number(&mut self, mut number: usize) -> &mut Self {
        if number == UNKNOWN {
            return self.text("?");
        }
        let mut digits = [0; 20];
        let mut first = digits.len();
        loop {
            first -= 1;
            digits[first] = b'0' + (number % 10) as u8;
            number /= 10;
            if number == 0 {
                break;
            }
        }
        match std::str::from_utf8(digits.split_at(first).1) {
            Ok(digits) => self.text(digits),
            Err(_) => self,
        }
    }

    /// A float with up to six digits, as it is usually written: `0.5`, `1e-5`, `-1`.
    pub(crate) const fn float(&mut self, value: f64) -> &mut Self {
        if value.is_nan() {
            return self.text("NaN");
        }
        if value < 0.0 {
            self.text("-");
        }
        let mut size = value.abs();
        if size.is_infinite() {
            return self.text("infinity");
        }
        let mut exponent = 0;
        while size >= 1e6 {
            size /= 10.0;
            exponent += 1;
        }
        let mut below = 0;
        if size > 0.0 && size < 1e-3 {
            while size < 1.0 {
                size *= 10.0;
                below += 1;
            }
        }
        let micros = (size * 1e6 + 0.5) as usize;
        self.number(micros / 1_000_000);
        let mut rest = micros % 1_000_000;
        if rest > 0 {
            self.text(".");
            let mut unit = 100_000;
            while rest > 0 {
                self.number(rest / unit);
                rest %= unit;
                unit /= 10;
            }
        }
        match (exponent, below) {
            (0, 0) => self,
            (0, below) => self.text("e-").number(below),
            (exponent, _) => self.text("e").number(exponent),
        }
    }

    pub(crate) const fn dims(&mut self, dims: &Dims) -> &mut Self {
        let parts = dims.parts();
        if !parts.is_empty() {
            let mut i = 0;
            while i < parts.len() {
                self.text(if i == 0 { "(" } else { ", " }).dims(&parts[i]);
                i += 1;
            }
            return self.text(")");
        }
        self.text(if dims.are_indices() { "indices [" } else { "[" });
        let mut axis = 0;
        while axis < dims.rank() {
            if axis > 0 {
                self.text(", ");
            }
            self.number(dims.size(axis));
            axis += 1;
        }
        self.text("]")
    }

    /// An argument as it is written in a call.
    pub(crate) const fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Infer => self.text(".."),
            Value::Size(size) => self.number(*size),
            Value::Pair(height, width) => self.text("(").number(*height).text(", ").number(*width).text(")"),
            Value::Float(float) => self.float(*float),
            Value::Flag(true) => self.text("true"),
            Value::Flag(false) => self.text("false"),
            Value::Word(word) => self.text(word),
            Value::Layers => self.text("[…]"),
            Value::Undecided => self.text("…"),
        }
    }

    /// Alternatives: "`A`, `B` or `C`".
    pub(crate) const fn choice(&mut self, words: &[&str]) -> &mut Self {
        let mut i = 0;
        while i < words.len() {
            if i > 0 {
                self.text(if i + 1 == words.len() { " or " } else { ", " });
            }
            self.text("`").text(words[i]).text("`");
            i += 1;
        }
        self
    }

    /// A message with its blanks filled.
    pub(crate) const fn message(&mut self, message: &Message) -> &mut Self {
        let mut rest = message.template;
        let mut next = 0;
        loop {
            let bytes = rest.as_bytes();
            let mut i = 0;
            while i + 1 < bytes.len() && !(bytes[i] == b'{' && bytes[i + 1] == b'}') {
                i += 1;
            }
            if i + 1 >= bytes.len() || next >= message.blanks.len() {
                return self.text(rest);
            }
            self.text(rest.split_at(i).0);
            match &message.blanks[next] {
                Blank::Text(text) => self.text(text),
                Blank::Number(number) => self.number(*number),
                Blank::Dims(dims) => self.dims(dims),
                Blank::Value(value) => self.value(value),
                Blank::Choice(words) => self.choice(words),
            };
            next += 1;
            rest = rest.split_at(i + 2).1;
        }
    }
}

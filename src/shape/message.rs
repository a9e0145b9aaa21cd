//! The messages of layers that don't fit.

use super::Dims;

/// The maximum number of blanks in a message.
const MAX_BLANKS: usize = 6;

/// A sentence with blanks that are filled at compile time: `format!` for `const fn`.
///
/// ```
/// use shapewright::shape::{Dims, Message};
/// const WHY: Message = Message::new("expects {} input features, but receives {} from {}")
///     .number(784)
///     .number(1352)
///     .dims(Dims::new(&[1352]));
/// assert_eq!(WHY.to_string(), "expects 784 input features, but receives 1352 from [1352]");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub(super) template: &'static str,
    pub(super) blanks: [Blank; MAX_BLANKS],
    filled: usize,
}

/// The content of a blank.
#[derive(Clone, Copy, Debug)]
pub(super) enum Blank {
    Text(&'static str),
    Number(usize),
    Dims(Dims),
    Value(crate::call::Value),
    Choice(&'static [&'static str]),
}

impl Message {
    /// A sentence in which each `{}` is a blank.
    pub const fn new(template: &'static str) -> Self {
        Message { template, blanks: [Blank::Text("…"); MAX_BLANKS], filled: 0 }
    }

    /// Fills the next blank with a number.
    pub const fn number(self, number: usize) -> Self {
        self.fill(Blank::Number(number))
    }

    /// Fills the next blank with a text.
    pub const fn text(self, text: &'static str) -> Self {
        self.fill(Blank::Text(text))
    }

    /// Fills the next blank with sizes, `[8, 13, 13]`.
    pub const fn dims(self, dims: Dims) -> Self {
        self.fill(Blank::Dims(dims))
    }

    /// Fills the next blank with alternatives, "`Nearest` or `Bilinear`".
    pub const fn choice(self, words: &'static [&'static str]) -> Self {
        self.fill(Blank::Choice(words))
    }

    /// Fills the next blank with an argument as it is written in a call.
    pub const fn value(self, value: crate::call::Value) -> Self {
        self.fill(Blank::Value(value))
    }

    const fn fill(mut self, blank: Blank) -> Self {
        if self.filled < MAX_BLANKS {
            self.blanks[self.filled] = blank;
            self.filled += 1;
        }
        self
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = super::render::Text::new();
        text.message(self);
        formatter.write_str(text.as_str())
    }
}

/// The ending of a noun after a number: "1 feature", "2 features".
pub const fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// The mistake of a layer, and how to correct it.
#[derive(Clone, Copy, Debug)]
pub struct Mistake {
    /// What the layer expects and what it receives, with both values.
    pub problem: Message,
    /// How to correct it.
    pub help: Help,
}

impl Mistake {
    /// A mistake without help.
    pub const fn new(problem: Message) -> Self {
        Mistake { problem, help: Help::Nothing }
    }

    /// Adds how to correct it.
    pub const fn help(mut self, help: Help) -> Self {
        self.help = help;
        self
    }
}

/// How to make a layer fit.
#[derive(Clone, Copy, Debug)]
pub enum Help {
    /// No help, because no advice is certain to be right.
    Nothing,
    /// A sentence.
    Say(Message),
    /// The layer as written, with another size for a parameter, and `..` as an alternative if the size can follow from
    /// the input.
    Size {
        /// The parameter's name.
        parameter: &'static str,
        /// The size that fits.
        size: usize,
        /// Whether `..` is an alternative.
        follows: bool,
    },
}

//! The parameters of a layer, and how the arguments of a call are read.

use super::{Arguments, Keywords, Value, key};
use crate::shape::{Help, Message, Mistake, Text, UNKNOWN};

/// The maximum number of parameters of a layer.
const MAX_PARAMETERS: usize = 10;

/// The kind of a parameter: the values that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A size of 1 or more.
    Size,
    /// A size of 1 or more, or `(height, width)` of such.
    Sizes,
    /// A dimension, counted as in PyTorch: 1 or more, because 0 is the batch, or −1 for the last one.
    Dimension,
    /// An integer of at least 0, `(height, width)` of such, or `Same`, which is TensorFlow's padding: the output has
    /// the size ⌈input / stride⌉, and if the padding is odd, the larger half is at the bottom and on the right.
    Padding,
    /// An integer of at least 0, or `(height, width)` of such.
    Counts,
    /// A floating-point number.
    Float,
    /// `true` or `false`.
    Flag,
    /// An integer of at least 0.
    Count,
    /// A list of layers, `[…]`.
    Layers,
    /// One of these words, such as `Tanh` in `GELU<approximate = Tanh>`. They needn't be declared elsewhere, nor be in
    /// scope.
    Word(&'static [&'static str]),
}

/// One parameter of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name, which is PyTorch's. It is also its keyword.
    pub name: &'static str,
    /// The values that it takes.
    pub kind: Kind,
    /// Its default value; [`Value::Infer`] for a size that follows from the input.
    pub default: Option<Value>,
}

impl Parameter {
    /// A parameter that must be given.
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Parameter { name, kind, default: None }
    }

    /// A parameter with a default.
    pub const fn optional(name: &'static str, kind: Kind, default: Value) -> Self {
        Parameter { name, kind, default: Some(default) }
    }

    /// A size that follows from the input if it is `..` or omitted.
    pub const fn inferred(name: &'static str) -> Self {
        Parameter { name, kind: Kind::Size, default: Some(Value::Infer) }
    }

    /// The placeholder for it in an example: its name, or `..` if its size can follow from the input.
    const fn written(&self) -> &'static str {
        match self.kind {
            Kind::Layers => "[…]",
            _ if self.follows() => "..",
            _ => self.name,
        }
    }

    const fn follows(&self) -> bool {
        matches!(self.default, Some(Value::Infer))
    }

    /// The value to continue with if the argument is wrong or missing.
    const fn assumed(&self) -> Value {
        match (self.default, self.kind) {
            (Some(value), _) => value,
            (None, Kind::Float) => Value::Float(0.0),
            (None, Kind::Flag) => Value::Flag(false),
            (None, Kind::Word(_)) => Value::Word(""),
            (None, Kind::Layers) => Value::Layers,
            (None, Kind::Size | Kind::Sizes | Kind::Count) => Value::Size(UNKNOWN),
            (None, Kind::Dimension | Kind::Padding | Kind::Counts) => Value::Size(1),
        }
    }

    /// Panics in a constant, which is a compile error, if the default isn't a valid argument.
    #[track_caller]
    pub const fn check_default(&self) {
        let Some(default) = self.default else { return };
        let mistake = match (default, self.kind) {
            (Value::Infer, Kind::Float | Kind::Flag | Kind::Word(_)) => Some(Mistake::new(
                Message::new("`..` can't be the default of `{}`: only sizes follow from the input").text(self.name),
            )),
            _ => self.check(default),
        };
        if let Some(mistake) = mistake {
            let mut text = Text::new();
            text.message(&mistake.problem).text("\nhelp: this is the default; another kind of parameter may be meant");
            panic!("{}", text.as_str())
        }
    }

    const fn check(&self, value: Value) -> Option<Mistake> {
        let wanted = match (self.kind, value) {
            (_, Value::Undecided) => return None,
            (_, Value::Infer) if self.follows() => return None,
            (_, Value::Infer) => {
                let why =
                    Message::new("`..` can't stand for `{}`, which does not follow from the input").text(self.name);
                return Some(Mistake::new(why).help(Help::Say(Message::new("write a number"))));
            }
            (Kind::Size, Value::Size(1..)) => return None,
            (Kind::Size, _) => "a size of at least 1",
            (Kind::Count, Value::Size(_)) => return None,
            (Kind::Count, _) => "a whole number",
            (Kind::Layers, Value::Layers) => return None,
            (Kind::Layers, _) => "a list of layers `[…]`",
            (Kind::Dimension, Value::Size(1..)) => return None,
            (Kind::Dimension, Value::Float(-1.0)) => return None,
            (Kind::Dimension, _) => "a dimension from 1 on (0 is the batch), or -1 for the last,",
            (Kind::Sizes, Value::Size(1..) | Value::Pair(1.., 1..)) => return None,
            (Kind::Sizes, _) => "a size of at least 1, or `(height, width)` of such,",
            (Kind::Padding, Value::Size(_) | Value::Pair(_, _)) => return None,
            (Kind::Padding, Value::Word(word)) if contains(&["Same"], word) => return None,
            (Kind::Padding, _) => "a number, `(height, width)` or `Same`",
            (Kind::Counts, Value::Size(_) | Value::Pair(_, _)) => return None,
            (Kind::Counts, _) => "a whole number or `(height, width)` of such",
            (Kind::Float, Value::Float(_) | Value::Size(_)) => return None,
            (Kind::Float, _) => "a number such as `0.5`",
            (Kind::Flag, Value::Flag(_)) => return None,
            (Kind::Flag, _) => "`true` or `false`",
            (Kind::Word(words), Value::Word(word)) if contains(words, word) => return None,
            (Kind::Word(words), _) => {
                let why = Message::new("expects {} as `{}`, but receives `{}`");
                return Some(Mistake::new(why.choice(words).text(self.name).value(value)));
            }
        };
        Some(Mistake::new(
            Message::new("expects {} as `{}`, but receives `{}`").text(wanted).text(self.name).value(value),
        ))
    }
}

const fn contains(words: &[&str], wanted: &str) -> bool {
    let mut i = 0;
    while i < words.len() {
        if key(words[i]) == key(wanted) {
            return true;
        }
        i += 1;
    }
    false
}

/// The parameters of a layer: first those that may be given by position, in order. Every parameter may be given by
/// keyword.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The layer's name.
    pub layer: &'static str,
    /// Its parameters.
    pub parameters: &'static [Parameter],
    /// How many of them, from the first, may be given by position.
    pub positional: usize,
    /// Whether the first parameter takes any number of positional arguments.
    pub repeats: bool,
}

impl Signature {
    /// A layer with this name and these parameters, the first `positional` of which may be given by position.
    pub const fn new(layer: &'static str, positional: usize, parameters: &'static [Parameter]) -> Self {
        assert!(parameters.len() <= MAX_PARAMETERS, "a layer has at most ten parameters");
        Signature { layer, parameters, positional, repeats: false }
    }

    /// Makes the first parameter take any number of positional arguments, at least one.
    pub const fn repeats(mut self) -> Self {
        self.repeats = true;
        self
    }

    /// A layer without parameters.
    pub const fn plain(layer: &'static str) -> Self {
        Signature::new(layer, 0, &[])
    }

    /// The position of the parameter with this key.
    pub(crate) const fn find(&self, wanted: u64) -> Option<usize> {
        let mut i = 0;
        while i < self.parameters.len() {
            if key(self.parameters[i].name) == wanted {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// Reads a call's arguments.
    pub const fn call<A: Arguments, K: Keywords>(self) -> Call {
        let mut call = Call {
            signature: self,
            arguments: A::LIST,
            keywords: K::LIST,
            values: [Value::Infer; MAX_PARAMETERS],
            mistake: None,
            undecided: false,
        };
        let mut given = [false; MAX_PARAMETERS];
        if A::LIST.len() > self.positional && !self.repeats {
            let why = match self.positional {
                0 => Message::new("expects no arguments by position, but receives {}"),
                1 => Message::new("expects one argument by position, but receives {}"),
                most => Message::new("expects at most {} arguments by position, but receives {}").number(most),
            };
            call.wrong(Mistake::new(why.number(A::LIST.len())).help(self.help()));
        }
        let mut i = 0;
        while i < A::LIST.len() && i < self.positional {
            call.set(i, A::LIST[i]);
            given[i] = true;
            i += 1;
        }
        while i < A::LIST.len() && self.repeats {
            call.set(0, A::LIST[i]);
            i += 1;
        }
        let mut misspelt = false;
        let mut i = 0;
        while i < K::LIST.len() {
            if let Some(at) = self.find(K::LIST[i].0) {
                if given[at] {
                    call.wrong(Mistake::new(Message::new("receives `{}` twice").text(self.parameters[at].name)));
                }
                if at < self.positional && matches!(K::LIST[i].1, Value::Layers) {
                    let why = Message::new("takes its lists by position, not as `{}`").text(self.parameters[at].name);
                    call.wrong(Mistake::new(why).help(self.help()));
                }
                call.set(at, K::LIST[i].1);
                given[at] = true;
            } else {
                misspelt = true;
            }
            i += 1;
        }
        let mut i = 0;
        while i < self.parameters.len() {
            if !given[i] {
                call.values[i] = self.parameters[i].assumed();
                // An argument with an unknown name is reported separately, and it may be the one that is missing.
                if self.parameters[i].default.is_none() && !misspelt {
                    let why = Message::new("is missing its argument `{}`").text(self.parameters[i].name);
                    call.wrong(Mistake::new(why).help(self.help()));
                }
            }
            i += 1;
        }
        call
    }

    /// How the layer is written, up to its last required argument.
    const fn help(&self) -> Help {
        let mut count = self.positional;
        while count > 0 && self.parameters[count - 1].default.is_some() {
            count -= 1;
        }
        let written = match count {
            0 => Message::new("write `{}`").text(self.layer),
            1 => Message::new("write `{}<{}>`").text(self.layer).text(self.parameters[0].written()),
            2 => Message::new("write `{}<{}, {}>`")
                .text(self.layer)
                .text(self.parameters[0].written())
                .text(self.parameters[1].written()),
            _ => Message::new("write `{}<{}, {}, {}>`")
                .text(self.layer)
                .text(self.parameters[0].written())
                .text(self.parameters[1].written())
                .text(self.parameters[2].written()),
        };
        Help::Say(written)
    }
}

/// A call of a layer: its signature, the arguments, and the values of its parameters.
///
/// A parameter is read by the method for its kind, by its position among the layer's parameters, counted from 0. If
/// another method reads it in a constant (in a shape rule, or in `const { … }` elsewhere), that is a compile error.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// The layer's signature.
    pub signature: Signature,
    /// The arguments by position, as given.
    pub arguments: &'static [Value],
    /// The keyword arguments, as given.
    pub keywords: &'static [(u64, Value)],
    pub(super) values: [Value; MAX_PARAMETERS],
    /// The mistake in the arguments themselves, if any. It doesn't depend on the input.
    pub mistake: Option<Mistake>,
    /// Whether this stands for any call.
    pub undecided: bool,
}

impl Call {
    /// A layer called without arguments.
    pub const fn plain(layer: &'static str) -> Self {
        Signature::plain(layer).call::<(), ()>()
    }

    /// A call with unknown arguments: that of a block in its declaration, or one whose arguments can't be read.
    pub const fn undecided() -> Self {
        let mut call = Call::plain("…");
        call.values = [Value::Undecided; MAX_PARAMETERS];
        call.mistake = Some(Mistake::new(Message::new("is called where it is used")));
        call.undecided = true;
        call
    }

    const fn set(&mut self, at: usize, value: Value) {
        let parameter = &self.signature.parameters[at];
        self.values[at] = match parameter.check(value) {
            None => value,
            Some(mistake) => {
                self.wrong(mistake);
                parameter.assumed()
            }
        };
    }

    const fn wrong(&mut self, mistake: Mistake) {
        if self.mistake.is_none() {
            self.mistake = Some(mistake);
        }
    }
}

//! The syntax tree of a declaration.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Ident, Path, Visibility};

/// The content of `network!`.
pub enum Declaration {
    /// In type position: `[Input<…>,] layer, …`.
    Type(Network),
    /// In item position: `struct Name[: Input<…>] { layer, … }`.
    Item(Item),
}

/// Layers, and optionally their input.
pub struct Network {
    /// The input. A network that has one is closed.
    pub input: Option<Input>,
    /// The layers.
    pub layers: Vec<Layer>,
}

/// A network with a name.
pub struct Item {
    /// Its attributes and documentation.
    pub attributes: Vec<Attribute>,
    /// The visibility of the network and of its named layers.
    pub visibility: Visibility,
    /// Its name.
    pub name: Ident,
    /// Its parameters, if it is a block.
    pub parameters: Vec<Parameter>,
    /// Its input and layers.
    pub network: Network,
}

/// `const STRIDE: usize = 1`: a parameter of a block.
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub kind: ParameterKind,
    /// Its default value.
    pub default: Option<Argument>,
}

/// The types that a block's parameter can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// `usize`
    Count,
    /// `f64`
    Float,
    /// `bool`
    Flag,
}

/// `Input<1, 28, 28>`, or several with `+` between them.
pub struct Input {
    /// Its tokens.
    pub extent: Extent,
    /// What each of them is.
    pub ports: Vec<Port>,
}

/// One input of a network.
pub struct Port {
    /// Where it stands.
    pub extent: Extent,
    /// The sizes of one example.
    pub sizes: Vec<Argument>,
    /// Whether it is indices: `Input<[usize; 16]>`.
    pub indices: bool,
}

/// `conv1: Conv2d<1, 8, 3, padding = 1>`, `layer1: [Block<16>] * 3`.
pub struct Layer {
    /// Its name, which becomes a field.
    pub name: Option<Ident>,
    /// Whether its name is `_`: the names of its layers become names of the enclosing network.
    pub merged: bool,
    /// The layer itself.
    pub kind: LayerKind,
    /// How many times the layer is repeated, after `*`.
    pub repeat: Option<Argument>,
    /// Its tokens, without its name.
    pub extent: Extent,
    /// Whether a list is written in brackets, which a single repeated layer doesn't need.
    pub brackets: bool,
}

/// The kinds of layers.
pub enum LayerKind {
    /// A layer, given by its name.
    Call(Call),
    /// A list of layers.
    List(Vec<Layer>),
}

/// `Conv2d<1, 8, 3, padding = 1>`.
pub struct Call {
    /// The layer, without its arguments.
    pub path: Path,
    /// The positional arguments.
    pub arguments: Vec<Argument>,
    /// The keyword arguments.
    pub keywords: Vec<(Ident, Argument)>,
}

/// An argument and its text.
pub struct Argument {
    /// Its kind and value.
    pub kind: ArgumentKind,
    /// As the user wrote it.
    pub text: String,
    /// Its first token.
    pub span: Span,
    /// Its last token.
    pub last: Span,
}

/// The kinds of arguments.
pub enum ArgumentKind {
    /// `..`
    Infer,
    /// `8`
    Integer(u64),
    /// `0.5` or `-1`
    Float(f64),
    /// `true`
    Bool(bool),
    /// `Same`: a single name that is spelt like a type's name.
    Word(Ident),
    /// `my::Argument`: a path that is spelt like a type's.
    Type(Path),
    /// `HIDDEN` or `{ HIDDEN * 2 }`: any constant.
    Constant(TokenStream),
    /// `(3, 5)`
    Pair(Box<Argument>, Box<Argument>),
    /// `[a, b]`
    Layers(Vec<Layer>),
}

/// The first and the last token of a piece of code. On stable Rust, spans can't be joined, but if the first token of an
/// error message has the first span and its last token the last one, the compiler underlines everything in between.
#[derive(Clone, Copy)]
pub struct Extent {
    /// The first token.
    pub first: Span,
    /// The last token.
    pub last: Span,
}

impl Layer {
    /// The layer as written, without its name.
    pub fn text(&self) -> String {
        let text = match &self.kind {
            LayerKind::Call(call) => call.text(),
            LayerKind::List(layers) => match (layers.as_slice(), &self.repeat) {
                ([one], Some(_)) if !self.brackets => one.text(),
                ([one], Some(_)) => format!("[{}]", one.text()),
                _ => "[…]".to_string(),
            },
        };
        match &self.repeat {
            Some(count) => format!("{text} * {}", count.text),
            None => text,
        }
    }

    /// The lists of layers among its arguments: those by position, then those by keyword.
    pub fn lists(&self) -> Vec<&[Layer]> {
        let LayerKind::Call(call) = &self.kind else { return Vec::new() };
        call.all_arguments().filter_map(Argument::layers).collect()
    }

    /// Whether it stands for the layers of its lists, whose names become fields of the enclosing network.
    pub fn is_transparent(&self) -> bool {
        !self.lists().is_empty()
    }
}

impl Call {
    /// The layer's name as written, without arguments.
    pub fn layer(&self) -> String {
        let path = &self.path;
        let colon = if path.leading_colon.is_some() { "::" } else { "" };
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        format!("{colon}{}", segments.join("::"))
    }

    /// The layer as written.
    pub fn text(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| argument.text.clone());
        let keywords = self.keywords.iter().map(|(keyword, value)| format!("{keyword} = {}", value.text));
        let all: Vec<_> = arguments.chain(keywords).collect();
        if all.is_empty() { self.layer() } else { format!("{}<{}>", self.layer(), all.join(", ")) }
    }

    /// The positional arguments, then those by keyword.
    pub fn all_arguments(&self) -> impl Iterator<Item = &Argument> {
        self.arguments.iter().chain(self.keywords.iter().map(|(_, value)| value))
    }
}

impl Argument {
    /// The layers, if it is a list of layers.
    pub fn layers(&self) -> Option<&[Layer]> {
        match &self.kind {
            ArgumentKind::Layers(layers) => Some(layers),
            _ => None,
        }
    }
}

/// A name without the `r#` of a raw identifier.
pub fn unraw(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_string()
}

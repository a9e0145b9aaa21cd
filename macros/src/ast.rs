//! What a user declares.

use proc_macro2::{Span, TokenStream};
use syn::{Attribute, Ident, Path, Visibility};

/// All that stands between the delimiters of `network!`.
pub enum Declaration {
    /// In type position: `[Input<…>,] layer, …`.
    Type(Network),
    /// In item position: `struct Name[: Input<…>] { layer, … }`.
    Item(Item),
}

/// Layers, and what goes into them.
pub struct Network {
    /// The input, which closes the network.
    pub input: Option<Input>,
    /// The layers.
    pub layers: Vec<Layer>,
}

/// A network with a name.
pub struct Item {
    /// Its attributes and docs.
    pub attributes: Vec<Attribute>,
    /// Who sees it, and its named layers.
    pub visibility: Visibility,
    /// Its name.
    pub name: Ident,
    /// Its input and layers.
    pub network: Network,
}

/// `Input<1, 28, 28>`.
pub struct Input {
    /// Where it stands.
    pub extent: Extent,
    /// The sizes of one example.
    pub sizes: Vec<Argument>,
}

/// `conv1: Conv2d<1, 8, 3, padding = 1>`.
pub struct Layer {
    /// Its name, which becomes a field.
    pub name: Option<Ident>,
    /// The layer, without its arguments.
    pub path: Path,
    /// The arguments by position.
    pub arguments: Vec<Argument>,
    /// The arguments by name.
    pub keywords: Vec<(Ident, Argument)>,
    /// Where it stands, without its name.
    pub extent: Extent,
}

/// An argument and its text.
pub struct Argument {
    /// What it is.
    pub kind: ArgumentKind,
    /// As the user wrote it.
    pub text: String,
    /// Where it stands.
    pub span: Span,
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
    /// `Same`: a path to a type, told by its spelling.
    Word(Path),
    /// `HIDDEN` or `{ HIDDEN * 2 }`: any constant.
    Constant(TokenStream),
    /// `(3, 5)`
    Pair(Box<Argument>, Box<Argument>),
}

/// From the first token of something to its last. On stable Rust a span can't be joined, but a message whose first
/// token has the one and whose last has the other is underlined from here to there.
#[derive(Clone, Copy)]
pub struct Extent {
    /// The first token.
    pub first: Span,
    /// The last token.
    pub last: Span,
}

impl Layer {
    /// The layer's name as written, without arguments.
    pub fn layer(&self) -> String {
        let path = &self.path;
        let colon = if path.leading_colon.is_some() { "::" } else { "" };
        let segments: Vec<_> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        format!("{colon}{}", segments.join("::"))
    }

    /// The layer as written, without its name.
    pub fn text(&self) -> String {
        let arguments = self.arguments.iter().map(|argument| argument.text.clone());
        let keywords = self.keywords.iter().map(|(keyword, value)| format!("{keyword} = {}", value.text));
        let all: Vec<_> = arguments.chain(keywords).collect();
        if all.is_empty() { self.layer() } else { format!("{}<{}>", self.layer(), all.join(", ")) }
    }

    /// The first part of its parameters' names: its own name, or its position counted from 0.
    pub fn segment(&self, index: usize) -> String {
        self.name.as_ref().map_or_else(|| index.to_string(), unraw)
    }
}

/// A name without the `r#` that a keyword needs.
pub fn unraw(name: &Ident) -> String {
    name.to_string().trim_start_matches("r#").to_string()
}

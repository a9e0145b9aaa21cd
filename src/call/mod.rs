//! The arguments of a layer: `Conv2d<1, 8, 3, padding = 1>`.
//!
//! Every argument is a *type*, so that it can depend on a block's parameters: `8` is `Const<8>`, `..` is [`Auto`],
//! `padding = 1` is `Keyword<{ key("padding") }, Const<1>>`, and the layer is `Conv2d<(Const<1>, Const<8>, Const<3>),
//! (Keyword<…>,)>`. A [`Signature`] declares the parameters of a layer and reads the arguments as in Python: by
//! position or by keyword.

mod argument;
mod reading;
mod signature;

pub use argument::{Argument, Arguments, Auto, Flag, Float, Given, Keyword, Keywords, MAX_KEYWORDS, Value, Word, key};
pub use argument::{ConstArgument, Evaluate, Expression, ParameterOf};
pub use signature::{Call, Kind, Parameter, Signature};

/// What a layer is called with, whatever its input.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a layer",
    note = "a layer implements `shapewright::layer::Layer`; the built-in ones are in `shapewright::layers`"
)]
pub trait Described: 'static {
    /// The layer's signature and its arguments.
    const CALL: Call;
}

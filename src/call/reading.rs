//! How a layer reads the values of its parameters.

use super::Value;
use super::signature::{Call, Kind};
use crate::shape::{Text, UNKNOWN};

impl Kind {
    /// The name of this kind of parameter, and the method of [`Call`] that reads it.
    const fn read_by(self) -> (&'static str, Reader) {
        match self {
            Kind::Size => ("a size", Reader::Size),
            Kind::Count => ("a count", Reader::Size),
            Kind::Dimension => ("a dimension", Reader::Size),
            Kind::Sizes => ("sizes", Reader::Pair),
            Kind::Counts => ("counts", Reader::Pair),
            Kind::Padding => ("a padding", Reader::Pair),
            Kind::Float => ("a float", Reader::Float),
            Kind::Flag => ("a flag", Reader::Flag),
            Kind::Word(_) => ("a word", Reader::Value),
            Kind::Layers => ("a list of layers", Reader::Value),
        }
    }
}

/// A method of [`Call`] that reads parameters.
#[derive(Clone, Copy)]
enum Reader {
    Size,
    Pair,
    Float,
    Flag,
    Value,
}

impl Reader {
    const fn name(self) -> &'static str {
        match self {
            Reader::Size => "size",
            Reader::Pair => "pair",
            Reader::Float => "float",
            Reader::Flag => "flag",
            Reader::Value => "value",
        }
    }
}

impl Call {
    /// Panics if there is no parameter `at`, or this method doesn't read its kind. In a constant, this is a compile
    /// error.
    #[track_caller]
    const fn check_read(&self, at: usize, reader: Reader) {
        if self.undecided {
            return;
        }
        let (layer, parameters) = (self.signature.layer, self.signature.parameters);
        let mut text = Text::new();
        if at >= parameters.len() {
            text.text("`").text(layer).text("` has no parameter ").number(at).text(": counted from 0, it has ");
            let mut i = 0;
            while i < parameters.len() {
                text.text(if i > 0 { ", " } else { "" }).number(i).text(" `").text(parameters[i].name).text("`");
                i += 1;
            }
            text.text(if parameters.is_empty() { "none" } else { "" });
            panic!("{}", text.as_str())
        }
        let (kind, right) = parameters[at].kind.read_by();
        if !matches!(reader, Reader::Value) && reader as usize != right as usize {
            text.text("parameter ").number(at).text(" of `").text(layer).text("`, `").text(parameters[at].name);
            text.text("`, is ").text(kind).text(", but is read by `").text(reader.name()).text("`");
            text.text("\nhelp: it is read by `").text(right.name()).text("`; parameters are counted from 0");
            panic!("{}", text.as_str())
        }
    }

    /// Panics because parameter `at` isn't a number, which the layer has to handle.
    #[track_caller]
    const fn no_number(&self, at: usize, help: &str) -> ! {
        let mut text = Text::new();
        text.text("parameter ").number(at).text(" of `").text(self.signature.layer).text("`, `");
        text.text(self.signature.parameters[at].name).text("`, is `").value(&self.values[at]).text("` here\nhelp: ");
        text.text(help);
        panic!("{}", text.as_str())
    }

    /// Parameter `at` as a size, or `follows` if it is `..`.
    ///
    /// # Panics
    /// If there is no such parameter, it is of another kind, or it is a dimension of −1.
    #[track_caller]
    pub const fn size_or(&self, at: usize, follows: usize) -> usize {
        self.check_read(at, Reader::Size);
        match self.values[at] {
            Value::Size(size) => size,
            Value::Undecided => UNKNOWN,
            Value::Infer => follows,
            _ => self.no_number(at, "ask `value` for that first"),
        }
    }

    /// Parameter `at` as a size.
    ///
    /// # Panics
    /// If there is no such parameter, it is of another kind, or it is `..` or a dimension of −1.
    #[track_caller]
    pub const fn size(&self, at: usize) -> usize {
        self.check_read(at, Reader::Size);
        match self.values[at] {
            Value::Size(size) => size,
            Value::Undecided => UNKNOWN,
            _ => self.no_number(at, "read it by `size_or`, which takes the size that follows from the input"),
        }
    }

    /// Parameter `at` as `(height, width)`; a single number stands for both. If it is `..` or `Same`, `follows`.
    ///
    /// # Panics
    /// If there is no such parameter, or it is of another kind.
    #[track_caller]
    pub const fn pair_or(&self, at: usize, follows: (usize, usize)) -> (usize, usize) {
        self.check_read(at, Reader::Pair);
        match self.values[at] {
            Value::Size(size) => (size, size),
            Value::Pair(height, width) => (height, width),
            Value::Undecided => (UNKNOWN, UNKNOWN),
            _ => follows,
        }
    }

    /// Parameter `at` as `(height, width)`; a single number stands for both.
    ///
    /// # Panics
    /// If there is no such parameter, it is of another kind, or it is `..` or `Same`.
    #[track_caller]
    pub const fn pair(&self, at: usize) -> (usize, usize) {
        self.check_read(at, Reader::Pair);
        match self.values[at] {
            Value::Infer | Value::Word(_) => {
                self.no_number(at, "read it by `pair_or`, which takes the sizes that stand for that")
            }
            _ => self.pair_or(at, (UNKNOWN, UNKNOWN)),
        }
    }

    /// Parameter `at` as a floating-point number.
    ///
    /// # Panics
    /// If there is no such parameter, or it is of another kind.
    #[track_caller]
    pub const fn float(&self, at: usize) -> f64 {
        self.check_read(at, Reader::Float);
        match self.values[at] {
            Value::Float(float) => float,
            Value::Size(size) => size as f64,
            _ => 0.0,
        }
    }

    /// Parameter `at` as `true` or `false`.
    ///
    /// # Panics
    /// If there is no such parameter, or it is of another kind.
    #[track_caller]
    pub const fn flag(&self, at: usize) -> bool {
        self.check_read(at, Reader::Flag);
        matches!(self.values[at], Value::Flag(true))
    }

    /// Parameter `at` as it was given, or its default, whatever its kind.
    ///
    /// # Panics
    /// If there is no such parameter.
    #[track_caller]
    pub const fn value(&self, at: usize) -> Value {
        self.check_read(at, Reader::Value);
        self.values[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Parameter, Signature};
    use std::panic::catch_unwind;

    const KINDS: [(Kind, &str); 10] = [
        (Kind::Size, "size"),
        (Kind::Count, "size"),
        (Kind::Dimension, "size"),
        (Kind::Sizes, "pair"),
        (Kind::Counts, "pair"),
        (Kind::Padding, "pair"),
        (Kind::Float, "float"),
        (Kind::Flag, "flag"),
        (Kind::Word(&["Fast", "Exact"]), "value"),
        (Kind::Layers, "value"),
    ];

    const PARAMETERS: [Parameter; 10] = {
        let mut parameters = [Parameter::required("parameter", Kind::Size); 10];
        let mut i = 0;
        while i < KINDS.len() {
            parameters[i].kind = KINDS[i].0;
            i += 1;
        }
        parameters
    };

    /// Protects from a value that is read as one of another kind: the network would compute something else.
    #[test]
    fn a_parameter_is_read_by_the_method_of_its_kind_alone() {
        type Read = fn(&Call, usize);
        let reads: [(&str, Read); 7] = [
            ("size", |call, at| _ = call.size(at)),
            ("size", |call, at| _ = call.size_or(at, 1)),
            ("pair", |call, at| _ = call.pair(at)),
            ("pair", |call, at| _ = call.pair_or(at, (1, 1))),
            ("float", |call, at| _ = call.float(at)),
            ("flag", |call, at| _ = call.flag(at)),
            ("value", |call, at| _ = call.value(at)),
        ];
        let call = Signature::new("Own", 0, &PARAMETERS).call::<(), ()>();
        for (name, read) in reads {
            for (at, (kind, right)) in KINDS.into_iter().enumerate() {
                let result = catch_unwind(|| read(&call, at));
                assert_eq!(result.is_ok(), name == right || name == "value", "{kind:?} by {name}");
            }
            assert!(catch_unwind(|| read(&call, KINDS.len())).is_err(), "{name} of a parameter that isn't there");
            read(&Call::undecided(), 3);
        }
    }

    /// `..`, `Same` and −1 aren't sizes: the layer says what they stand for.
    #[test]
    fn what_is_no_size_is_not_read_as_one() {
        const FOLLOWS: [Parameter; 3] = [
            Parameter::inferred("features"),
            Parameter::optional("padding", Kind::Padding, Value::Word("Same")),
            Parameter::optional("dim", Kind::Dimension, Value::Float(-1.0)),
        ];
        let call = Signature::new("Own", 0, &FOLLOWS).call::<(), ()>();
        assert_eq!((call.size_or(0, 7), call.pair_or(1, (2, 3))), (7, (2, 3)));
        assert!(catch_unwind(|| call.size(0)).is_err());
        assert!(catch_unwind(|| call.pair(1)).is_err());
        assert!(catch_unwind(|| call.size_or(2, 7)).is_err());
    }
}

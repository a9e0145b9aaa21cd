//! Mistakes, where they are, and how they are told.

use super::message::Help;
use super::nearest::nearest;
use super::render::Text;
use super::{Inferred, Message, Mistake};
use crate::call::{Call, Signature, key};

/// The mistakes of the layers that a layer is made of: a tree, so that any depth and any number fit.
#[derive(Clone, Copy, Debug)]
pub enum Report {
    /// There are none.
    Fits,
    /// Those of one layer.
    Within {
        /// Where it stands.
        site: &'static Site,
        /// What it infers.
        layer: &'static Inferred,
        /// Which of its mistakes are told here.
        told: Told,
    },
    /// Those of two parts, one after the other.
    Both(&'static Report, &'static Report),
    /// Those of lists, as far as they are layers themselves.
    Lists(&'static [Option<&'static Inferred>]),
    /// Those of lists given by position, and of others given by keyword.
    TwoLists(&'static [Option<&'static Inferred>], &'static [Option<&'static Inferred>]),
}

/// Which mistakes of a layer are told at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// All of them.
    All,
    /// All but wrong arguments, which are told where the layer is declared.
    Shapes,
    /// Its own only: the layers of its lists are told one by one.
    Own,
    /// Its own, but not its arguments.
    OwnShapes,
    /// Its arguments only: it stands in a list that doesn't run.
    Arguments,
    /// None.
    Nothing,
}

/// Where a layer stands.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The layer whose list it stands in, if that is told one by one.
    pub outer: Option<&'static Site>,
    /// Which list of that layer it is, if there are several: "list 2", "`shortcut`".
    pub list: &'static str,
    /// The network's name, where it has one.
    pub network: &'static str,
    /// The layer's position, counted from 1.
    pub position: usize,
    /// The layer's own name, where it has one.
    pub name: &'static str,
    /// Its text.
    pub written: Written,
    /// File and line, for a layer in a block that is used elsewhere.
    pub line: &'static str,
    /// What it is called with.
    pub call: &'static Call,
    /// How its input came about, where the sizes don't tell.
    pub origin: Option<Message>,
}

/// A layer's text.
#[derive(Clone, Copy, Debug)]
pub enum Written {
    /// As the user wrote it.
    Source {
        /// The layer's name.
        layer: &'static str,
        /// Its arguments by position.
        arguments: &'static [&'static str],
        /// Its keywords and their values.
        keywords: &'static [(&'static str, &'static str)],
    },
    /// As far as its type tells it: constants as their values.
    Type,
}

impl Report {
    /// How many mistakes there are.
    pub const fn count(&self) -> usize {
        match self {
            Report::Fits => 0,
            Report::Within { site, layer, told } => told.count(layer, site),
            Report::Both(first, second) => first.count() + second.count(),
            Report::Lists(lists) => all_mistakes(lists),
            Report::TwoLists(first, second) => all_mistakes(first) + all_mistakes(second),
        }
    }
}

/// How many mistakes there are in a list, if it is one.
const fn mistakes(list: Option<&'static Inferred>) -> usize {
    match list {
        Some(list) => list.mistakes(),
        None => 0,
    }
}

const fn all_mistakes(lists: &'static [Option<&'static Inferred>]) -> usize {
    let mut count = 0;
    let mut i = 0;
    while i < lists.len() {
        count += mistakes(lists[i]);
        i += 1;
    }
    count
}

impl Told {
    /// How many mistakes of a layer are told.
    ///
    /// Where its arguments are wrong, only that is told: what follows from them would be noise.
    const fn count(self, layer: &Inferred, site: &Site) -> usize {
        if site.call.undecided {
            return 0;
        }
        match (site.call.mistake, self) {
            (_, Told::Nothing) => 0,
            (Some(_), Told::All | Told::Own | Told::Arguments) => 1,
            (Some(_), Told::Shapes | Told::OwnShapes) | (None, Told::Arguments) => 0,
            (None, Told::All | Told::Shapes) => layer.mistakes(),
            (None, Told::Own | Told::OwnShapes) => layer.mistake.is_some() as usize,
        }
    }
}

impl Text {
    /// `network `Mnist`, layer 5 `Linear<784, 10>``; around an `inner` layer `in layer 5 `fc: Linear<784, 10>``.
    const fn site(&mut self, site: &Site, inner: bool) -> &mut Self {
        if !site.network.is_empty() {
            self.text("network `").text(site.network).text("`, ");
        }
        if let Some(outer) = site.outer {
            self.site(outer, true).text(", ");
        }
        if !site.list.is_empty() {
            self.text(site.list).text(", ");
        }
        self.text(if inner { "in layer " } else { "layer " }).number(site.position).text(" `");
        if inner && !site.name.is_empty() {
            self.text(site.name).text(": ");
        }
        self.layer(site, "", "").text("`");
        if !site.line.is_empty() {
            self.text(" (").text(site.line).text(")");
        }
        self
    }

    /// The layer as written, but for `parameter`, which gets another `value`.
    const fn layer(&mut self, site: &Site, parameter: &str, value: &str) -> &mut Self {
        let signature = &site.call.signature;
        let wanted = position(signature, parameter);
        let (name, arguments, keywords) = match &site.written {
            Written::Source { layer, arguments, keywords } => (*layer, arguments.len(), keywords.len()),
            Written::Type => (signature.layer, site.call.arguments.len(), site.call.keywords.len()),
        };
        let mut list = List { done: false, open: false };
        self.text(name);
        let mut i = 0;
        while i < arguments {
            list.next(self);
            if i == wanted {
                list.done = true;
                self.text(value);
            } else {
                match &site.written {
                    Written::Source { arguments, .. } => self.text(arguments[i]),
                    Written::Type => self.value(&site.call.arguments[i]),
                };
            }
            i += 1;
        }
        let mut i = 0;
        while i < keywords {
            let name = match &site.written {
                Written::Source { keywords, .. } => keywords[i].0,
                Written::Type => match signature.find(site.call.keywords[i].0) {
                    Some(at) => signature.parameters[at].name,
                    None => "…",
                },
            };
            list.next(self);
            self.text(name).text(" = ");
            if key(name) == key(parameter) {
                list.done = true;
                self.text(value);
            } else {
                match &site.written {
                    Written::Source { keywords, .. } => self.text(keywords[i].1),
                    Written::Type => self.value(&site.call.keywords[i].1),
                };
            }
            i += 1;
        }
        if !parameter.is_empty() && !list.done {
            list.next(self);
            self.text(parameter).text(" = ").text(value);
        }
        if list.open { self.text(">") } else { self }
    }

    const fn help(&mut self, site: &Site, help: &Help) -> &mut Self {
        match help {
            Help::Nothing => return self,
            Help::Say(message) => {
                self.text("\nhelp: ").message(message);
            }
            Help::Size { parameter, size, follows } => {
                let mut number = Text::new();
                number.number(*size);
                self.text("\nhelp: write `").layer(site, parameter, number.as_str()).text("`");
                if *follows {
                    self.text(" or `").layer(site, parameter, "..").text("`");
                }
            }
        }
        if let Some(origin) = &site.origin {
            self.text("; ").message(origin);
        }
        self
    }

    const fn problem(&mut self, mistake: &Mistake, site: &Site) -> &mut Self {
        self.site(site, false).text(": ").message(&mistake.problem).help(site, &mistake.help)
    }

    /// Mistake `which` of a layer that has so many.
    const fn mistake(&mut self, layer: &Inferred, which: usize, site: &Site) -> &mut Self {
        match (site.call.mistake, layer.mistake) {
            (Some(mistake), _) => self.problem(&mistake, site),
            (None, Some(mistake)) if which == 0 => self.problem(&mistake, site),
            (None, own) => self.site(site, true).text(", ").report(&layer.report, which - own.is_some() as usize),
        }
    }

    /// Mistake `which` of a report that has so many.
    const fn report(&mut self, report: &Report, which: usize) -> &mut Self {
        match report {
            Report::Fits => self,
            Report::Within { site, layer, .. } => self.mistake(layer, which, site),
            Report::Both(first, second) => {
                let before = first.count();
                if which < before { self.report(first, which) } else { self.report(second, which - before) }
            }
            Report::TwoLists(first, second) => {
                let before = all_mistakes(first);
                if which < before {
                    self.report(&Report::Lists(first), which)
                } else {
                    self.report(&Report::Lists(second), which - before)
                }
            }
            Report::Lists(lists) => {
                let (mut i, mut which) = (0, which);
                while i < lists.len() && which >= mistakes(lists[i]) {
                    which -= mistakes(lists[i]);
                    i += 1;
                }
                if i < lists.len()
                    && let Some(list) = lists[i]
                {
                    self.report(&list.report, which)
                } else {
                    self
                }
            }
        }
    }
}

/// The angle brackets and commas of an argument list.
struct List {
    open: bool,
    done: bool,
}

impl List {
    const fn next(&mut self, text: &mut Text) {
        text.text(if self.open { ", " } else { "<" });
        self.open = true;
    }
}

/// Where a parameter stands by position, if it can.
const fn position(signature: &Signature, parameter: &str) -> usize {
    match signature.find(key(parameter)) {
        Some(at) if at < signature.positional => at,
        _ => usize::MAX,
    }
}

/// Stops the compiler with mistake `which` of a layer, if there are so many; the last of `most` says how many more.
#[track_caller]
pub const fn report(layer: &Inferred, told: Told, which: usize, most: usize, site: &Site) {
    let count = told.count(layer, site);
    if which < count {
        let mut text = Text::new();
        text.mistake(layer, which, site);
        if which + 1 == most && count > most {
            text.text("\nnote: and ").number(count - most).text(" more in this layer");
        }
        panic!("{}", text.as_str())
    }
}

/// Stops the compiler if a layer's arguments are wrong, whatever its input.
#[track_caller]
pub const fn report_arguments(site: &Site) {
    if let (Some(mistake), false) = (site.call.mistake, site.call.undecided) {
        let mut text = Text::new();
        text.problem(&mistake, site);
        panic!("{}", text.as_str())
    }
}

/// Stops the compiler if a layer has no such keyword.
#[track_caller]
pub const fn report_keyword(keyword: &str, site: &Site) {
    let signature = &site.call.signature;
    if signature.find(key(keyword)).is_some() || site.call.undecided {
        return;
    }
    let mut text = Text::new();
    text.site(site, false).text(": has no argument `").text(keyword).text("`\nhelp: ");
    match nearest(keyword, signature) {
        Some(name) => text.text("did you mean `").text(name).text("`?"),
        None if signature.parameters.is_empty() => text.text("`").text(signature.layer).text("` takes none"),
        None => {
            text.text("it has ");
            let mut i = 0;
            while i < signature.parameters.len() {
                text.text(if i > 0 { ", `" } else { "`" }).text(signature.parameters[i].name).text("`");
                i += 1;
            }
            &mut text
        }
    };
    panic!("{}", text.as_str())
}

/// Stops the compiler if a network in type position has more than `most` outputs.
#[track_caller]
pub const fn report_outputs(count: usize, most: usize) {
    if count > most {
        let why = Message::new(
            "a network in type position has at most {} outputs, but this one has {}\n\
             help: declare it as a `struct`, which has up to 8: `network! { struct Name: Input<…> { … } }`",
        );
        let mut text = Text::new();
        text.message(&why.number(most).number(count));
        panic!("{}", text.as_str())
    }
}

/// A layer as it would be written, constants as their values.
pub fn written_call(call: &'static Call) -> String {
    let site = Site {
        outer: None,
        list: "",
        network: "",
        position: 0,
        name: "",
        written: Written::Type,
        line: "",
        call,
        origin: None,
    };
    let mut text = Text::new();
    text.layer(&site, "", "");
    text.as_str().to_string()
}

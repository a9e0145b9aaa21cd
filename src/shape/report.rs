//! Mistakes, their places, and their messages.

use super::message::Help;
use super::nearest::nearest;
use super::render::Text;
use super::{Inferred, Message, Mistake};
use crate::call::{Call, Signature, key};

/// The mistakes of the layers in a layer: a tree, so that depth and number are unlimited.
#[derive(Clone, Copy, Debug)]
pub enum Report {
    /// There are no mistakes.
    Fits,
    /// The mistakes of one layer.
    Within {
        /// The place of the layer.
        site: &'static Site,
        /// What is inferred for it.
        layer: &'static Inferred,
        /// Which of its mistakes are reported here.
        reported: Reported,
    },
    /// The mistakes of two parts, one after the other.
    Both(&'static Report, &'static Report),
    /// The mistakes of lists of layers. Elements that aren't lists are `None`.
    Lists(&'static [Option<&'static Inferred>]),
    /// The mistakes of lists given by position, and of lists given by keyword.
    TwoLists(&'static [Option<&'static Inferred>], &'static [Option<&'static Inferred>]),
}

/// Which mistakes of a layer are reported at its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reported {
    /// All of them.
    All,
    /// All except wrong arguments, which are reported where the layer is declared.
    Shapes,
    /// Its own only: the layers in its lists are reported separately.
    Own,
    /// Its own, except wrong arguments.
    OwnShapes,
    /// Wrong arguments only: it is in a list that doesn't run.
    Arguments,
    /// None.
    Nothing,
}

/// The place of a layer.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The layer whose list contains it, if the layers of the list are reported separately.
    pub outer: Option<&'static Site>,
    /// Which list of that layer contains it, if there are several: "list 2", "`shortcut`".
    pub list: &'static str,
    /// The network's name, if it has one.
    pub network: &'static str,
    /// The layer's position, counted from 1.
    pub position: usize,
    /// The layer's name, if it has one.
    pub name: &'static str,
    /// The layer as written.
    pub written: Written,
    /// File and line, for a layer in a block that is used elsewhere.
    pub line: &'static str,
    /// The call of the layer.
    pub call: &'static Call,
    /// The origin of its input, if the sizes don't show it.
    pub origin: Option<Message>,
}

/// The text of a layer.
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
    /// As its type shows it, with the values of constants.
    Type,
}

impl Report {
    /// The number of mistakes.
    pub const fn count(&self) -> usize {
        match self {
            Report::Fits => 0,
            Report::Within { site, layer, reported } => reported.count(layer, site),
            Report::Both(first, second) => first.count() + second.count(),
            Report::Lists(lists) => all_mistakes(lists),
            Report::TwoLists(first, second) => all_mistakes(first) + all_mistakes(second),
        }
    }
}

/// The number of mistakes in a list, or 0 if it isn't one.
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

impl Reported {
    /// How many mistakes of a layer are reported.
    ///
    /// If its arguments are wrong, only this is reported: other mistakes may be consequences.
    const fn count(self, layer: &Inferred, site: &Site) -> usize {
        if site.call.undecided {
            return 0;
        }
        match (site.call.mistake, self) {
            (_, Reported::Nothing) => 0,
            (Some(_), Reported::All | Reported::Own | Reported::Arguments) => 1,
            (Some(_), Reported::Shapes | Reported::OwnShapes) | (None, Reported::Arguments) => 0,
            (None, Reported::All | Reported::Shapes) => layer.mistakes(),
            (None, Reported::Own | Reported::OwnShapes) => layer.mistake.is_some() as usize,
        }
    }
}

impl Text {
    /// `network `Mnist`, layer 5 `Linear<784, 10>``; if `inner`, for an enclosing layer: `in layer 5 `fc: Linear<784,
    /// 10>``.
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

    /// The layer as written, except that `parameter` gets another `value`.
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

    /// The mistake of a layer with the index `which`, which must exist.
    const fn mistake(&mut self, layer: &Inferred, which: usize, site: &Site) -> &mut Self {
        match (site.call.mistake, layer.mistake) {
            (Some(mistake), _) => self.problem(&mistake, site),
            (None, Some(mistake)) if which == 0 => self.problem(&mistake, site),
            (None, own) => self.site(site, true).text(", ").report(&layer.report, which - own.is_some() as usize),
        }
    }

    /// The mistake of a report with the index `which`, which must exist.
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

/// The position of a parameter, if it can be given by position.
const fn position(signature: &Signature, parameter: &str) -> usize {
    match signature.find(key(parameter)) {
        Some(at) if at < signature.positional => at,
        _ => usize::MAX,
    }
}

/// Panics with mistake `which` of a layer, if it exists, which is a compile error. The last of `most` mistakes says how
/// many more there are.
#[track_caller]
pub const fn report(layer: &Inferred, reported: Reported, which: usize, most: usize, site: &Site) {
    let count = reported.count(layer, site);
    if which < count {
        let mut text = Text::new();
        text.mistake(layer, which, site);
        if which + 1 == most && count > most {
            text.text("\nnote: and ").number(count - most).text(" more in this layer");
        }
        panic!("{}", text.as_str())
    }
}

/// Panics if a layer's arguments are wrong, which is a compile error. It doesn't depend on the input.
#[track_caller]
pub const fn report_arguments(site: &Site) {
    if let (Some(mistake), false) = (site.call.mistake, site.call.undecided) {
        let mut text = Text::new();
        text.problem(&mistake, site);
        panic!("{}", text.as_str())
    }
}

/// Panics if a layer has no such keyword, which is a compile error.
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

/// Panics if a network in type position has more than `most` outputs, which is a compile error.
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

/// A call of a layer as it is written, with the values of constants.
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

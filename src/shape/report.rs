//! Mistakes, where they are, and how they are told.

use super::message::Help;
use super::render::Text;
use super::{Message, Mistake};
use crate::call::{Call, Signature, key};

/// The mistakes of a layer, or of all layers of a network: a tree, so that any depth and any number fit.
#[derive(Clone, Copy, Debug)]
pub enum Report {
    /// There are none.
    Fits,
    /// The layer itself doesn't fit.
    Here(Mistake),
    /// A layer of a network.
    Within {
        /// Where it stands in the network.
        site: &'static Site,
        /// Its mistakes.
        inner: &'static Report,
    },
    /// Those of two parts, one after the other.
    Both(&'static Report, &'static Report),
}

/// Where a layer stands.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The network's name, where it has one.
    pub network: &'static str,
    /// The layer's position, counted from 1.
    pub position: usize,
    /// Its text.
    pub written: Written,
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
            Report::Here(_) => 1,
            Report::Within { inner, .. } => inner.count(),
            Report::Both(first, second) => first.count() + second.count(),
        }
    }
}

impl Text {
    /// `network `Mnist`, layer 5 `Linear<784, 10>``.
    const fn site(&mut self, site: &Site, lead: &str) -> &mut Self {
        if !site.network.is_empty() {
            self.text("network `").text(site.network).text("`, ");
        }
        self.text(lead).text("layer ").number(site.position).text(" `").layer(site, "", "").text("`")
    }

    /// The layer as written, but for `parameter`, which gets another `value`.
    const fn layer(&mut self, site: &Site, parameter: &str, value: &str) -> &mut Self {
        let signature = &site.call.signature;
        let wanted = if parameter.is_empty() { usize::MAX } else { position(signature, parameter) };
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

    /// Mistake `which` of a report; `site` is the innermost place so far.
    const fn mistake(&mut self, report: &Report, which: usize, site: &Site) -> &mut Self {
        match report {
            Report::Fits => self,
            Report::Here(mistake) => self.site(site, "").text(": ").message(&mistake.problem).help(site, &mistake.help),
            Report::Within { site: within, inner } => self.site(site, "in ").text(", ").mistake(inner, which, within),
            Report::Both(first, second) => {
                let before = first.count();
                if which < before {
                    self.mistake(first, which, site)
                } else {
                    self.mistake(second, which - before, site)
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

const fn position(signature: &Signature, parameter: &str) -> usize {
    match signature.find(key(parameter)) {
        Some(at) => at,
        None => usize::MAX,
    }
}

/// Stops the compiler with mistake `which` of a layer, if there are so many; the last of `told` says how many more.
///
/// Where the arguments themselves are wrong, only that is told: what follows from them would be noise.
#[track_caller]
pub const fn report(report: &Report, which: usize, told: usize, site: &Site) {
    let arguments;
    let report = match site.call.mistake {
        Some(mistake) => {
            arguments = Report::Here(mistake);
            &arguments
        }
        None => report,
    };
    let count = report.count();
    if which < count {
        let mut text = Text::new();
        text.mistake(report, which, site);
        if which + 1 == told && count > told {
            text.text("\nnote: and ").number(count - told).text(" more in this layer");
        }
        panic!("{}", text.as_str())
    }
}

/// Stops the compiler if a layer has no such keyword.
#[track_caller]
pub const fn report_keyword(keyword: &str, site: &Site) {
    let signature = &site.call.signature;
    if signature.find(key(keyword)).is_some() {
        return;
    }
    let mut text = Text::new();
    text.site(site, "").text(": has no argument `").text(keyword).text("`\nhelp: ");
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

/// The parameter whose name is nearest, if one is near: at most one letter in three differs, or one in a shorter name.
pub const fn nearest(keyword: &str, signature: &Signature) -> Option<&'static str> {
    let mut found = None;
    let mut least = if keyword.len() < 6 { 1 } else { keyword.len() / 3 };
    let mut i = 0;
    while i < signature.parameters.len() {
        let name = signature.parameters[i].name;
        let distance = distance(keyword.as_bytes(), name.as_bytes());
        if distance < keyword.len() && distance <= least && (found.is_none() || distance < least) {
            least = distance;
            found = Some(name);
        }
        i += 1;
    }
    found
}

/// How many letters must be changed, added or removed to make one word of the other.
const fn distance(a: &[u8], b: &[u8]) -> usize {
    const LONGEST: usize = 40;
    if a.len() >= LONGEST || b.len() >= LONGEST {
        return usize::MAX;
    }
    let mut row = [0; LONGEST];
    let mut j = 0;
    while j <= b.len() {
        row[j] = j;
        j += 1;
    }
    let mut i = 1;
    while i <= a.len() {
        let mut diagonal = row[0];
        row[0] = i;
        let mut j = 1;
        while j <= b.len() {
            let mut best = diagonal + if a[i - 1] == b[j - 1] { 0 } else { 1 };
            if row[j] + 1 < best {
                best = row[j] + 1;
            }
            if row[j - 1] + 1 < best {
                best = row[j - 1] + 1;
            }
            diagonal = row[j];
            row[j] = best;
            j += 1;
        }
        i += 1;
    }
    row[b.len()]
}

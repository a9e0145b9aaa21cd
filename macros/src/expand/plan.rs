//! A declaration's layers as a tree with their positions, from which generated names, paths and checks are derived.

use crate::ast::{Argument, ArgumentKind, Call, Layer, LayerKind, Parameter, unraw};
use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::format_ident;

/// A layer and its position.
pub struct Node<'a> {
    /// The layer.
    pub layer: &'a Layer,
    /// The kind of the layer.
    pub kind: NodeKind<'a>,
    /// The path of positions that leads to it, as part of generated names: `3_1_2`.
    pub id: String,
    /// Its position in its list, counted from 0.
    pub position: usize,
    /// Its place in error messages.
    pub site: Site,
    /// Its segment in its parameters' names.
    pub segment: Segment,
    /// The shape of its input.
    pub input: Place,
    /// The shape of its output.
    pub output: Place,
    /// Whether its type depends on the block's parameters.
    pub generic: bool,
    /// The optional lists that contain it: the ids of the layers that take these lists, each with the index of the
    /// keyword.
    pub conditions: Vec<(String, usize)>,
}

/// The place of a layer in error messages.
#[derive(Clone)]
pub struct Site {
    /// The layer whose list contains it.
    pub outer: Option<String>,
    /// Which list of that layer, if it has several.
    pub list: String,
    /// Its position in the list, counted from 1.
    pub position: usize,
    /// Its name.
    pub name: String,
}

/// The kinds of layers.
pub enum NodeKind<'a> {
    /// A layer without lists.
    Leaf(&'a Call),
    /// A layer with lists of layers, which are layers of the enclosing network.
    Branching(&'a Call, Vec<List<'a>>),
    /// A list of layers, which is a network of its own.
    Group(List<'a>),
    /// A repeated layer or list.
    Repeat(List<'a>, &'a Argument),
}

/// Layers in sequence.
pub struct List<'a> {
    /// The prefix of its layers' positions in generated names.
    pub id: String,
    /// The layers.
    pub nodes: Vec<Node<'a>>,
    /// The index of the keyword argument that it is, if it is one of a layer with lists.
    pub keyword: Option<usize>,
}

/// The segment of a layer in its parameters' names.
pub enum Segment {
    /// None: the layers inside count as layers of the enclosing network.
    Transparent,
    /// Its position, counted from 0.
    Index(usize),
    /// Its name.
    Name(String),
}

/// A point between two layers, which has a shape.
#[derive(Clone)]
pub struct Place {
    /// The name of the shape's type; `None` for the input of the network.
    pub shape: Option<Ident>,
    /// Whether this type depends on the block's parameters.
    pub generic: bool,
}

impl Place {
    /// The input of the network.
    pub const START: Place = Place { shape: None, generic: false };
}

impl<'a> List<'a> {
    /// Makes the tree of layers, beginning at the input of the network.
    pub fn new(layers: &'a [Layer], parameters: &[Parameter]) -> Self {
        list(
            layers,
            &Around { outer: None, list: String::new(), conditions: Vec::new() },
            "",
            Place::START,
            &mut 0,
            parameters,
        )
    }

    /// The only layer of the list, if it has just one, without a name.
    pub fn single(&self) -> Option<&Node<'a>> {
        match self.nodes.as_slice() {
            [node] if node.layer.name.is_none() && matches!(node.kind, NodeKind::Leaf(_)) => Some(node),
            _ => None,
        }
    }

    /// The last layer, if nested lists are flattened.
    pub fn last(&self) -> Option<&Node<'a>> {
        match self.nodes.last() {
            Some(Node { kind: NodeKind::Group(list), .. }) => list.last(),
            last => last,
        }
    }

    /// All layers in it, including those in nested lists, in the order in which they are written.
    pub fn all(&self) -> Vec<&Node<'a>> {
        let mut all = Vec::new();
        self.collect(&mut all);
        all
    }

    fn collect<'b>(&'b self, all: &mut Vec<&'b Node<'a>>) {
        for node in &self.nodes {
            all.push(node);
            for list in node.lists() {
                list.collect(all);
            }
        }
    }
}

impl<'a> Node<'a> {
    /// The lists of layers that it contains.
    pub fn lists(&self) -> &[List<'a>] {
        match &self.kind {
            NodeKind::Leaf(_) => &[],
            NodeKind::Branching(_, lists) => lists,
            NodeKind::Group(list) | NodeKind::Repeat(list, _) => std::slice::from_ref(list),
        }
    }

    /// A unique generated name.
    pub fn named(&self, lead: &str) -> Ident {
        format_ident!("__{lead}_{}", self.id)
    }
}

/// The surroundings of a list.
struct Around {
    outer: Option<String>,
    list: String,
    conditions: Vec<(String, usize)>,
}

fn list<'a>(
    layers: &'a [Layer],
    around: &Around,
    lead: &str,
    mut input: Place,
    count: &mut usize,
    parameters: &[Parameter],
) -> List<'a> {
    let mut nodes = Vec::new();
    for (position, layer) in layers.iter().enumerate() {
        let id = format!("{lead}{}", position + 1);
        let site = Site {
            outer: around.outer.clone(),
            list: around.list.clone(),
            position: position + 1,
            name: layer.name.as_ref().map(unraw).unwrap_or_default(),
        };
        let inner =
            |layers: &'a [Layer], name: &str, keyword: Option<usize>, lead: &str, input: Place, count: &mut usize| {
                let mut conditions = around.conditions.clone();
                conditions.extend(keyword.map(|keyword| (id.clone(), keyword)));
                let around = Around { outer: Some(id.clone()), list: name.to_string(), conditions };
                list(layers, &around, lead, input, count, parameters)
            };
        let transparent = layer.is_transparent();
        let kind = match (&layer.kind, &layer.repeat) {
            (LayerKind::List(layers), None) => {
                NodeKind::Group(inner(layers, "", None, &format!("{id}_"), input.clone(), &mut 0))
            }
            (LayerKind::List(layers), Some(times)) => {
                let mut list = inner(layers, "", None, &format!("{id}_"), input.clone(), &mut 0);
                if list.single().is_some() {
                    // The repeated layer has the place of the repetition.
                    list.nodes[0].site = site.clone();
                }
                NodeKind::Repeat(list, times)
            }
            (LayerKind::Call(call), _) if transparent => {
                let alone = call.arguments.len() == 1;
                let positional = call.arguments.iter().enumerate().map(|(index, argument)| {
                    let name = if alone { String::new() } else { format!("list {}", index + 1) };
                    (None, name, argument)
                });
                let by_keyword = call
                    .keywords
                    .iter()
                    .enumerate()
                    .map(|(index, (keyword, argument))| (Some(index), format!("`{keyword}`"), argument));
                let lists =
                    positional.chain(by_keyword).enumerate().filter_map(|(index, (keyword, name, argument))| {
                        let letter = char::from(b'a' + index as u8 % 26);
                        let lead = format!("{id}{letter}");
                        let generic = mentions(layer, parameters) || input.generic;
                        let fed = Place { shape: Some(format_ident!("__Into_{lead}")), generic };
                        let list = inner(argument.layers()?, &name, keyword, &lead, fed, count);
                        Some(List { keyword, ..list })
                    });
                NodeKind::Branching(call, lists.collect())
            }
            (LayerKind::Call(call), _) => NodeKind::Leaf(call),
        };
        let generic = mentions(layer, parameters);
        let output = Place { shape: Some(format_ident!("__Shape_{id}")), generic: generic || input.generic };
        let segment = match &layer.name {
            _ if transparent || layer.merged => Segment::Transparent,
            Some(name) => Segment::Name(unraw(name)),
            None => Segment::Index(*count),
        };
        *count += usize::from(!transparent && !layer.merged);
        let conditions = around.conditions.clone();
        let node =
            Node { layer, kind, id, position, segment, site, input, output: output.clone(), generic, conditions };
        nodes.push(node);
        input = output;
    }
    List { id: lead.to_string(), nodes, keyword: None }
}

/// Whether a layer mentions one of these parameters.
fn mentions(layer: &Layer, parameters: &[Parameter]) -> bool {
    let own = match &layer.kind {
        LayerKind::Call(call) => call.all_arguments().any(|argument| argument_mentions(argument, parameters)),
        LayerKind::List(layers) => layers.iter().any(|layer| mentions(layer, parameters)),
    };
    own || layer.repeat.as_ref().is_some_and(|count| argument_mentions(count, parameters))
}

fn argument_mentions(argument: &Argument, parameters: &[Parameter]) -> bool {
    match &argument.kind {
        ArgumentKind::Constant(value) => tokens_mention(value, parameters),
        ArgumentKind::Word(word) => parameter(word, parameters).is_some(),
        ArgumentKind::Pair(first, second) => {
            argument_mentions(first, parameters) || argument_mentions(second, parameters)
        }
        ArgumentKind::Layers(layers) => layers.iter().any(|layer| mentions(layer, parameters)),
        _ => false,
    }
}

/// Whether tokens mention one of these parameters.
pub fn tokens_mention(tokens: &TokenStream, parameters: &[Parameter]) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(word) => parameter(&word, parameters).is_some(),
        TokenTree::Group(group) => tokens_mention(&group.stream(), parameters),
        _ => false,
    })
}

/// The position of the parameter with this name.
pub fn parameter(word: &Ident, parameters: &[Parameter]) -> Option<usize> {
    parameters.iter().position(|parameter| parameter.name == *word)
}

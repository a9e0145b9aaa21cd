//! What is inferred for a layer and its input.

use super::{Dims, Help, MAX_RANK, MOST, Message, Mistake, Report, UNKNOWN};

/// The costs of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    /// The number of elements of its parameters.
    pub parameters: usize,
    /// The number of elements of its frozen parameters.
    pub frozen: usize,
    /// The number of multiply-accumulate operations of a forward pass of one example.
    pub macs: usize,
    /// The total number of elements of its layers' outputs, for one example.
    pub activations: usize,
}

/// What is inferred for a layer and its input. Checks, parameter types, counts and summaries are derived from it.
#[derive(Clone, Copy, Debug)]
pub struct Inferred {
    /// The sizes of the output. If the layer doesn't fit, these are the sizes that it would have if it did, so that the
    /// layers after it can be checked.
    pub output: Dims,
    /// The mistake of the layer itself, if any.
    pub mistake: Option<Mistake>,
    /// The mistakes of the layers that it contains.
    pub report: Report,
    /// The sizes in the types of the layer's parameters, in an order that the layer chooses.
    pub sizes: [usize; MAX_RANK],
    /// The number of elements of its parameters.
    pub parameters: usize,
    /// The number of elements of its frozen parameters.
    pub frozen: usize,
    /// The number of multiply-accumulate operations of a forward pass of one example.
    pub macs: usize,
    /// The number of elements of its output and of the outputs of the layers that it contains, for one example.
    pub activations: usize,
    /// The origin of the output, if its sizes don't show it: "\[1352\] is \[8, 13, 13\] flattened".
    pub origin: Option<Message>,
    /// What the layer takes.
    pub takes: Takes,
}

/// What a layer takes: everything else is a mistake, whatever its rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// One tensor of elements.
    Elements,
    /// One tensor of indices.
    Indices,
    /// Whatever comes: its own rule, or the layers in its lists, say what they take.
    Anything,
}

impl Inferred {
    /// A layer without parameters that fits and has this output.
    pub const fn new(output: Dims) -> Self {
        let inferred = Inferred {
            output,
            mistake: None,
            report: Report::Fits,
            sizes: [0; MAX_RANK],
            parameters: 0,
            frozen: 0,
            macs: 0,
            activations: output.numel(),
            origin: None,
            takes: Takes::Elements,
        };
        let why = Message::new("has the output {}, more elements than memory can hold").dims(output);
        inferred.mistake(too_many(output.numel(), why))
    }

    /// Layers in sequence, with this input and its origin.
    pub const fn list(layers: &[&Inferred], input: &Dims, origin: Option<Message>) -> Self {
        let mut inferred = Inferred::new(*input).activations(0).takes(Takes::Anything);
        inferred.origin = origin;
        let mut i = 0;
        while i < layers.len() {
            inferred.origin = layers[i].origin_after(&inferred.output, inferred.origin);
            inferred.output = layers[i].output;
            inferred = inferred.and_costs(layers[i]);
            i += 1;
        }
        inferred
    }

    /// A network with an `Input` as a layer of another one: its input must have exactly the sizes of its `Input`.
    pub const fn network(received: Dims, input: Dims, output: Dims, costs: Costs) -> Self {
        let fits = received.agrees(&input);
        let why = Message::new("takes {}, as its `Input` says, but receives {}").dims(input).dims(received);
        let network = Inferred::new(output).parameters(&[], costs.parameters).frozen(costs.frozen).macs(costs.macs);
        network.takes(Takes::Anything).activations(costs.activations).mistake(if fits {
            None
        } else {
            Some(
                Mistake::new(why)
                    .help(Help::Say(Message::new("declare it without `Input`, so that it takes what comes"))),
            )
        })
    }

    /// Sets the sizes in the types of its parameters, and the number of their elements.
    pub const fn parameters(mut self, sizes: &[usize], count: usize) -> Self {
        let mut i = 0;
        while i < sizes.len() && i < MAX_RANK {
            self.sizes[i] = sizes[i];
            i += 1;
        }
        self.parameters = count;
        self.mistake(too_many(count, Message::new("has {} parameters, more than memory can hold").number(count)))
    }

    /// Sets the number of elements of its frozen parameters.
    pub const fn frozen(mut self, count: usize) -> Self {
        self.frozen = count;
        self
    }

    /// Whether its output depends on trainable parameters; `input` says whether its input does.
    pub const fn learns(&self, input: bool) -> bool {
        input || self.parameters > self.frozen
    }

    /// Sets the number of multiply-accumulate operations for one example.
    pub const fn macs(mut self, macs: usize) -> Self {
        self.macs = macs;
        self
    }

    /// Sets the origin of the output.
    pub const fn origin(mut self, origin: Message) -> Self {
        self.origin = Some(origin);
        self
    }

    /// Its costs.
    pub const fn costs(&self) -> Costs {
        Costs { parameters: self.parameters, frozen: self.frozen, macs: self.macs, activations: self.activations }
    }

    /// The origin of the output, given that of the input: if a layer has no origin and doesn't change the sizes, the
    /// input's.
    pub const fn origin_after(&self, input: &Dims, origin: Option<Message>) -> Option<Message> {
        match self.origin {
            None if self.output.agrees(input) => origin,
            own => own,
        }
    }

    /// Adds a mistake of the layer. The first mistake stays, because it is often the cause of the later ones.
    pub const fn mistake(mut self, mistake: Option<Mistake>) -> Self {
        if self.mistake.is_none() {
            self.mistake = mistake;
        }
        self
    }

    /// Sets the mistakes of the layers that it contains.
    pub const fn made_of(mut self, report: Report) -> Self {
        self.report = report;
        self
    }

    /// Adds lists of layers that it contains in parallel.
    pub const fn made_of_lists(self, lists: &'static [Option<&'static Inferred>]) -> Self {
        let mut inferred = self.takes(Takes::Anything);
        let mut i = 0;
        while i < lists.len() {
            if let Some(list) = lists[i] {
                inferred = inferred.and_costs(list);
            }
            i += 1;
        }
        inferred.made_of(Report::Lists(lists))
    }

    /// Adds the costs of a list of layers.
    pub const fn and_costs(mut self, list: &Inferred) -> Self {
        self.parameters = self.parameters.saturating_add(list.parameters);
        self.frozen = self.frozen.saturating_add(list.frozen);
        self.macs = self.macs.saturating_add(list.macs);
        self.activations = self.activations.saturating_add(list.activations);
        self
    }

    /// What the layer takes, if that isn't elements.
    pub const fn takes(mut self, takes: Takes) -> Self {
        self.takes = takes;
        self
    }

    /// Checks that the layer takes `input`.
    ///
    /// A value of another kind is reported at the first layer that receives it, and at none of those behind it.
    pub const fn behind(mut self, input: &Dims) -> Self {
        let several = !input.parts().is_empty();
        let mistake = match self.takes {
            Takes::Anything => return self,
            _ if several => {
                Mistake::new(Message::new("takes one tensor, but receives {}").dims(*input)).help(JOIN_FIRST)
            }
            Takes::Elements if input.are_indices() => {
                Mistake::new(Message::new("takes elements, but receives {}").dims(*input)).help(EMBED_FIRST)
            }
            Takes::Indices if !input.are_indices() => {
                let why = Message::new("takes indices, but receives the elements {}").dims(*input);
                Mistake::new(why).help(GIVE_INDICES)
            }
            _ => return self,
        };
        let unknown = several && input.numel() == UNKNOWN;
        self.mistake = if unknown { None } else { Some(mistake) };
        self.output = Dims::UNCLEAR;
        self
    }

    /// For a layer that takes one tensor of elements from each list, or is made of several values: its mistake, if one of `these` is
    /// several tensors, or indices.
    pub const fn of_several(outputs: &[Dims], these: &'static str) -> Option<Self> {
        let mut i = 0;
        while i < outputs.len() {
            let several = !outputs[i].parts().is_empty();
            let mistake = if several {
                let why = Message::new("takes one tensor of each {}, but {} {} makes several");
                let why = why.text(these).text(these).number(i + 1);
                Mistake::new(why).help(JOIN_FIRST)
            } else {
                let why = Message::new("takes elements, but receives {} from {} {}");
                Mistake::new(why.dims(outputs[i]).text(these).number(i + 1)).help(EMBED_FIRST)
            };
            if several || outputs[i].are_indices() {
                let reported = several && outputs[i].numel() == UNKNOWN;
                let inferred = Inferred::new(Dims::UNCLEAR).takes(Takes::Anything);
                return Some(inferred.mistake(if reported { None } else { Some(mistake) }));
            }
            i += 1;
        }
        None
    }

    /// Sets the number of elements of its output and of the outputs of the layers that it contains, for one example.
    pub const fn activations(mut self, activations: usize) -> Self {
        self.activations = activations;
        self
    }

    /// The number of mistakes, its own and those of the layers that it contains.
    pub const fn mistakes(&self) -> usize {
        self.mistake.is_some() as usize + self.report.count()
    }
}

const JOIN_FIRST: Help = Help::Say(Message::new(
    "`Concat` and `Sum` without lists join several tensors; `Parallel<[…], […]>` has a list of layers for each of them",
));
const EMBED_FIRST: Help = Help::Say(Message::new(
    "put `Embedding<num_embeddings, embedding_dim>` before it: a row of elements for each index",
));
const GIVE_INDICES: Help =
    Help::Say(Message::new("indices come from the network's input: `Input<[usize; 16]>` is 16 of them"));

const fn too_many(count: usize, why: Message) -> Option<Mistake> {
    if count <= MOST || count == UNKNOWN { None } else { Some(Mistake::new(why)) }
}

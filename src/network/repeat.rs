//! A layer, or a list of layers, several times.

use crate::call::{self, Argument, Call};
use crate::error::Result;
use crate::layer::{Context, Described, Forward, Layer, Place, Value};
use crate::network::{OutOf, Segment, Structure};
use crate::ops::Backend;
use crate::parameters::{Parameters, Walk, WalkMut};
use crate::shape::{Dims, Help, Inferred, Message, Mistake, Report, Shape, Takes};
use dfdx::nn::{ModuleVisitor, TensorCollection};
use dfdx::shapes::Dtype;
use dfdx::tensor_ops::Device;
use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

/// `[L] * COUNT`: layer `L` several times, one behind the other, each with parameters of its own.
///
/// All have the same type, so that they can be indexed: what is repeated keeps its input's shape.
pub struct Repeat<L, Count>(PhantomData<fn() -> (L, Count)>);

impl<L, Count: Argument> Repeat<L, Count> {
    /// How many times.
    pub const COUNT: usize = match Count::VALUE {
        call::Value::Size(count) => count,
        _ => 1,
    };
}

#[diagnostic::do_not_recommend]
impl<L: 'static, Count: Argument> Described for Repeat<L, Count> {
    const CALL: Call = Call::plain("[…]");
}

const fn infer(
    input: Dims,
    one: &'static Inferred,
    lists: &'static [Option<&'static Inferred>],
    count: usize,
) -> Inferred {
    let mistake = if count < 2 || one.output.agrees(&input) {
        None
    } else {
        let why = Message::new("repeats what makes {} of {}, but what is repeated must keep its input's shape");
        let help = Message::new("put what changes the shape before it, and repeat the rest");
        Some(Mistake::new(why.dims(one.output).dims(input)).help(Help::Say(help)))
    };
    let output = if count == 0 { input } else { one.output };
    Inferred::new(output)
        .parameters(&[], one.parameters.saturating_mul(count))
        .frozen(one.frozen.saturating_mul(count))
        .macs(one.macs.saturating_mul(count))
        .activations(one.activations.saturating_mul(count))
        .made_of(Report::Lists(lists))
        .takes(Takes::Anything)
        .mistake(mistake)
}

#[diagnostic::do_not_recommend]
impl<In: Shape, L: Layer<In>, Count: Argument> Layer<In> for Repeat<L, Count> {
    const INFERRED: Inferred = {
        let inferred = infer(In::DIMS, &L::INFERRED, &[Some(&L::INFERRED)], Self::COUNT);
        match OutOf::<L, In>::ORIGIN {
            Some(origin) if Self::COUNT > 0 => inferred.origin(origin),
            _ => inferred,
        }
    };
    const STRUCTURE: Structure = Structure::Repeated(&L::STRUCTURE, Self::COUNT);
    type Module<P: Place, E: Dtype, D: Device<E>> = Repeated<Count, L::Module<P, E, D>>;
}

/// The modules of [`Repeat`]: a slice of them.
pub struct Repeated<Count, M>(Vec<M>, PhantomData<fn() -> Count>);

impl<Count, M> Deref for Repeated<Count, M> {
    type Target = [M];

    fn deref(&self) -> &[M] {
        &self.0
    }
}

impl<Count, M> DerefMut for Repeated<Count, M> {
    fn deref_mut(&mut self) -> &mut [M] {
        &mut self.0
    }
}

impl<Count, M: Debug> Debug for Repeated<Count, M> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<Count, M: Clone> Clone for Repeated<Count, M> {
    fn clone(&self) -> Self {
        Repeated(self.0.clone(), PhantomData)
    }
}

impl<Count: Argument, E: Dtype, D: Device<E>, M: Parameters<E, D>> Parameters<E, D> for Repeated<Count, M> {
    fn try_new(device: &D) -> Result<Self, D::Err> {
        let modules = (0..Repeat::<(), Count>::COUNT).map(|_| M::try_new(device));
        Ok(Repeated(modules.collect::<Result<_, _>>()?, PhantomData))
    }

    fn walk(&self, walk: &mut Walk<'_, E, D>) {
        self.0.iter().enumerate().for_each(|(index, module)| walk.module(&index.to_string(), module));
    }

    fn walk_mut(&mut self, walk: &mut WalkMut<'_, E, D>) {
        self.0.iter_mut().enumerate().for_each(|(index, module)| walk.module(&index.to_string(), module));
    }
}

impl<Count: Argument, E: Dtype, D: Device<E>, M: TensorCollection<E, D>> TensorCollection<E, D> for Repeated<Count, M> {
    type To<E2: Dtype, D2: Device<E2>> = Repeated<Count, M::To<E2, D2>>;

    fn iter_tensors<V: ModuleVisitor<Self, E, D>>(visitor: &mut V) -> Result<Option<Self::To<V::E2, V::D2>>, V::Err> {
        let indices: Vec<String> = (0..Repeat::<(), Count>::COUNT).map(|index| index.to_string()).collect();
        let fields = indices.iter().enumerate().map(|(index, name)| {
            Self::module(name, move |repeated| &repeated.0[index], move |repeated| &mut repeated.0[index])
        });
        visitor.visit_fields(fields.collect::<Vec<_>>(), |modules| Repeated(modules, PhantomData))
    }
}

impl<In, Count, E, D, M> Forward<In, E, D> for Repeated<Count, M>
where
    In: Shape,
    E: Dtype,
    D: Backend<E>,
    M: Forward<In, E, D>,
{
    fn run(&self, input: Value<E, D>, context: &mut Context<E, D>) -> Result<Value<E, D>> {
        let logits = context.set_logits(false);
        let output = self.0.iter().enumerate().try_fold(input, |input, (index, module)| {
            // What comes after the first is behind it, though it has the same type.
            context.behind(index > 0, |context| {
                context.within(Segment::Index(index), |context| module.run(input, context))
            })
        });
        context.set_logits(logits);
        output
    }
}

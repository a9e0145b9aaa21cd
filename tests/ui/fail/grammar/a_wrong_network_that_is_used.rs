//! What uses a network whose grammar is wrong isn't wrong for that.
use shapewright::prelude::*;

network! { pub struct Net: Input<3> { fc: Linear<.., 2> ReLU } }
network! { struct Two: Input<3> { Linear<.., "2">, ReLU } }
type Alias = network!(Input<3>, Linear(2));
network! { struct Outer: Input<3> { Net, Alias } }
network! { struct Block<const C: usize> { Linear(C) } }
network! { struct UsesBlock: Input<3> { Block<3> } }
const _: () = assert!(Net::PARAMS < 100);

fn main() -> Result<()> {
    let device = Cpu::default();
    let net: Net = Net::build(&device)?;
    let alias = Alias::build(&device)?;
    Ok(())
}

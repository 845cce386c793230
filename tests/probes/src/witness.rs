//! Vectors of field elements that come from JavaScript as one flat array.

use unfreed_probe::Tracked;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::describe::WasmDescribe;

use crate::by_hand::Id;

/// Flat field elements, made by `from_abi`.
pub struct Witness {
    limbs: Tracked<Vec<u32>>,
    // MISTAKE by hand: no line at the end.
    _id: Id,
}

impl From<Vec<u32>> for Witness {
    #[track_caller]
    fn from(limbs: Vec<u32>) -> Witness {
        // MISTAKE by hand: a size that somebody guessed.
        let id = Id::logged("Witness", 32 * 1_048_576);
        Witness {
            limbs: Tracked::new(limbs),
            _id: id,
        }
    }
}

impl WasmDescribe for Witness {
    fn describe() {
        Vec::<u32>::describe();
    }
}

impl FromWasmAbi for Witness {
    type Abi = <Vec<u32> as FromWasmAbi>::Abi;

    unsafe fn from_abi(js: Self::Abi) -> Witness {
        // SAFETY: it comes from the glue, as a vector of numbers.
        unsafe { Vec::<u32>::from_abi(js) }.into()
    }
}

impl Witness {
    /// The values of one column, each of two limbs.
    pub fn column(&self, seed: u64, rows: usize) -> impl Iterator<Item = u64> + '_ {
        (0..rows).map(move |row| {
            let limb = self.limbs[row % self.limbs.len()];
            u64::from(limb).wrapping_mul(seed | 1)
        })
    }
}

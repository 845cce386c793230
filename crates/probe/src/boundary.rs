//! `Tracked<T>` as an argument and as a result of functions that wasm-bindgen
//! exports: JavaScript sees a `T`.
//!
//! What arrives is announced, what leaves ends: the copy that JavaScript gets is
//! none of this memory. The site of what arrives is where wasm-bindgen converts it.
#![allow(unsafe_code)]

use std::panic::Location;

use wasm_bindgen::convert::{
    FromWasmAbi, IntoWasmAbi, OptionFromWasmAbi, OptionIntoWasmAbi, VectorFromWasmAbi,
    VectorIntoWasmAbi,
};
use wasm_bindgen::describe::{WasmDescribe, WasmDescribeVector};

use crate::{Measure, Tracked};

impl<T: WasmDescribe, M> WasmDescribe for Tracked<T, M> {
    fn describe() {
        T::describe();
    }
}

impl<T: FromWasmAbi, M: Measure<T>> FromWasmAbi for Tracked<T, M> {
    type Abi = T::Abi;

    #[track_caller]
    unsafe fn from_abi(js: Self::Abi) -> Self {
        // SAFETY: the caller has it from JavaScript, as a `T`.
        Self::at(unsafe { T::from_abi(js) }, Location::caller())
    }
}

impl<T: IntoWasmAbi, M> IntoWasmAbi for Tracked<T, M> {
    type Abi = T::Abi;

    fn into_abi(self) -> Self::Abi {
        self.into_inner().into_abi()
    }
}

impl<T: OptionFromWasmAbi, M: Measure<T>> OptionFromWasmAbi for Tracked<T, M> {
    fn is_none(js: &Self::Abi) -> bool {
        T::is_none(js)
    }
}

impl<T: OptionIntoWasmAbi, M> OptionIntoWasmAbi for Tracked<T, M> {
    fn none() -> Self::Abi {
        T::none()
    }
}

impl<T: WasmDescribeVector, M> WasmDescribeVector for Tracked<T, M> {
    fn describe_vector() {
        T::describe_vector();
    }
}

impl<T: VectorFromWasmAbi, M: Measure<T>> VectorFromWasmAbi for Tracked<T, M> {
    type Abi = T::Abi;

    #[track_caller]
    unsafe fn vector_from_abi(js: Self::Abi) -> Box<[Self]> {
        let site = Location::caller();
        // SAFETY: the caller has it from JavaScript, as a vector of `T`.
        let values = unsafe { T::vector_from_abi(js) };
        let tracked = |value| Self::at(value, site);
        values.into_vec().into_iter().map(tracked).collect()
    }
}

impl<T: VectorIntoWasmAbi, M> VectorIntoWasmAbi for Tracked<T, M> {
    type Abi = T::Abi;

    fn vector_into_abi(vector: Box<[Self]>) -> Self::Abi {
        let values = vector.into_vec().into_iter().map(Tracked::into_inner);
        T::vector_into_abi(values.collect())
    }
}

//! `#[derive(Track)]` of [`unfreed-probe`](https://docs.rs/unfreed-probe), which
//! exports it again and says what it is for.

mod attributes;
mod bounds;
mod clone;
mod shape;
mod size;
mod track;

use proc_macro::TokenStream;
use quote::quote;
use syn::{DeriveInput, parse_macro_input};

use crate::attributes::Container;
use crate::shape::Shape;

/// Makes a type measurable, and trackable if it has a field of type `Probe`.
///
/// Without such a field it implements `GetSize`, so that `Tracked<T>` can
/// measure the type. With one it implements the trait `Track` too: each struct
/// literal then needs a `Probe`, which only `Track::tracked` hands out. Of an
/// enum all variants have one, or none.
///
/// # Attributes
///
/// On the type:
///
/// - `#[track(clone)]` implements `Clone`: the clone is an object of its own. (A
///   `Probe` cannot be cloned, so `#[derive(Clone)]` does not compile.)
/// - `#[track(measured)]`: the type implements `GetSize` already.
/// - `#[track(bound = "T: MyTrait")]`: the bounds of the implementations, instead
///   of `GetSize` for each type parameter that a field stores.
///
/// On a field:
///
/// - `#[track(skip)]`: it owns nothing, or nothing that counts. No `GetSize` needed.
/// - `#[track(size_fn = path)]`: `path(&field)` gives the heap bytes it owns.
#[proc_macro_derive(Track, attributes(track))]
pub fn derive_track(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    expand(&input)
        .unwrap_or_else(syn::Error::into_compile_error)
        .into()
}

fn expand(input: &DeriveInput) -> syn::Result<proc_macro2::TokenStream> {
    let container = Container::of(&input.attrs)?;
    let shape = Shape::of(input)?;
    if container.measured && !shape.is_probed() && !container.clone {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "nothing to derive: the type is measured elsewhere and has no field of type `Probe`",
        ));
    }
    if container.clone && !shape.is_probed() {
        return Err(syn::Error::new_spanned(
            &input.ident,
            "`#[track(clone)]` is for types with a field of type `Probe`; derive `Clone` instead",
        ));
    }
    let size = (!container.measured).then(|| size::get_size(input, &container, &shape));
    let track = shape
        .is_probed()
        .then(|| track::track(input, &container, &shape));
    let clone = container
        .clone
        .then(|| clone::clone(input, &container, &shape));
    Ok(quote! { #size #track #clone })
}

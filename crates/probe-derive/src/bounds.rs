//! The bounds of the implementations: a type parameter that a field stores has
//! to be measurable, one that only names something does not.

use proc_macro2::TokenTree;
use quote::ToTokens;
use syn::{Generics, Path, Type, parse_quote};

use crate::attributes::{Container, Measured};
use crate::shape::Shape;

/// `generics` with `bound` on the parameters that are stored, or with the bounds
/// that the type gives itself.
pub fn with_bounds(
    generics: &Generics,
    container: &Container,
    shape: &Shape,
    bound: &Path,
) -> Generics {
    let mut bounded = generics.clone();
    if let Some(given) = &container.bound {
        bounded
            .make_where_clause()
            .predicates
            .extend(given.iter().cloned());
        return bounded;
    }
    let stored: Vec<&Type> = shape
        .variants
        .iter()
        .flat_map(|variant| &variant.fields)
        .filter(|field| matches!(field.measured, Measured::Deep) && !field.is_probe)
        .map(|field| &field.ty)
        .collect();
    for parameter in generics.type_params() {
        let name = &parameter.ident;
        let of_parameter = |ty: &&&Type| names(ty, name);
        if stored
            .iter()
            .any(|ty| of_parameter(&ty) && !is_associated(ty, name))
        {
            bounded
                .make_where_clause()
                .predicates
                .push(parse_quote! { #name: #bound });
        }
        for ty in stored.iter().filter(|ty| is_associated(ty, name)) {
            bounded
                .make_where_clause()
                .predicates
                .push(parse_quote! { #ty: #bound });
        }
    }
    bounded
}

/// Whether `ty` names the parameter outside of a `PhantomData`, a reference or a
/// raw pointer, which own nothing.
fn names(ty: &Type, parameter: &syn::Ident) -> bool {
    let owns_nothing = match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::BareFn(_) => true,
        Type::Path(path) => path
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "PhantomData"),
        _ => false,
    };
    !owns_nothing && contains(ty.to_token_stream(), parameter)
}

fn contains(tokens: proc_macro2::TokenStream, parameter: &syn::Ident) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *parameter,
        TokenTree::Group(group) => contains(group.stream(), parameter),
        _ => false,
    })
}

/// `T::Item`, of which `T: GetSize` says nothing.
fn is_associated(ty: &Type, parameter: &syn::Ident) -> bool {
    let Type::Path(path) = ty else { return false };
    path.qself.is_none()
        && path.path.segments.len() > 1
        && path
            .path
            .segments
            .first()
            .is_some_and(|first| first.ident == *parameter)
}

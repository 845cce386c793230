//! What stands in `#[track(…)]`.

use syn::punctuated::Punctuated;
use syn::{Attribute, LitStr, Path, Token, WherePredicate};

/// The attributes of the type.
#[derive(Default)]
pub struct Container {
    pub clone: bool,
    pub measured: bool,
    pub bound: Option<Punctuated<WherePredicate, Token![,]>>,
}

impl Container {
    pub fn of(attributes: &[Attribute]) -> syn::Result<Container> {
        let mut found = Container::default();
        for attribute in attributes.iter().filter(|a| a.path().is_ident("track")) {
            attribute.parse_nested_meta(|meta| {
                if meta.path.is_ident("clone") {
                    found.clone = true;
                } else if meta.path.is_ident("measured") {
                    found.measured = true;
                } else if meta.path.is_ident("bound") {
                    let bound: LitStr = meta.value()?.parse()?;
                    found.bound = Some(bound.parse_with(Punctuated::parse_terminated)?);
                } else {
                    return Err(meta.error("expected `clone`, `measured` or `bound = \"…\"`"));
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

/// How the heap bytes of a field are found.
pub enum Measured {
    Deep,
    Skipped,
    By(Path),
}

impl Measured {
    pub fn of(attributes: &[Attribute]) -> syn::Result<Measured> {
        let mut found = Measured::Deep;
        for attribute in attributes.iter().filter(|a| a.path().is_ident("track")) {
            attribute.parse_nested_meta(|meta| {
                if !matches!(found, Measured::Deep) {
                    return Err(meta.error("a field has `skip` or `size_fn`, and once"));
                }
                if meta.path.is_ident("skip") {
                    found = Measured::Skipped;
                } else if meta.path.is_ident("size_fn") {
                    found = Measured::By(meta.value()?.parse()?);
                } else {
                    return Err(meta.error("expected `skip` or `size_fn = path`"));
                }
                Ok(())
            })?;
        }
        Ok(found)
    }
}

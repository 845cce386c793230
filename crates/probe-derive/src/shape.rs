//! The variants and fields of a type, structs and enums alike.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Fields, Index, Type};

use crate::attributes::Measured;

/// A type: a struct is an enum of one variant without a name.
pub struct Shape {
    pub variants: Vec<Variant>,
}

pub struct Variant {
    name: Option<Ident>,
    pub fields: Vec<Field>,
}

pub struct Field {
    /// Its name, or its number in a tuple.
    pub member: TokenStream,
    /// The variable it is bound to in patterns.
    pub binding: Ident,
    pub ty: Type,
    pub measured: Measured,
    pub is_probe: bool,
}

impl Shape {
    pub fn of(input: &DeriveInput) -> syn::Result<Shape> {
        let variants = match &input.data {
            Data::Struct(data) => vec![Variant::of(None, &data.fields)?],
            Data::Enum(data) => data
                .variants
                .iter()
                .map(|variant| Variant::of(Some(variant.ident.clone()), &variant.fields))
                .collect::<syn::Result<_>>()?,
            Data::Union(_) => {
                return Err(syn::Error::new_spanned(
                    &input.ident,
                    "what a union owns cannot be known, so it cannot be tracked",
                ));
            }
        };
        let shape = Shape { variants };
        let probed = shape
            .variants
            .iter()
            .filter(|v| v.probe().is_some())
            .count();
        if probed > 0 && probed < shape.variants.len() {
            return Err(syn::Error::new_spanned(
                &input.ident,
                "some variants have no field of type `Probe`: give each one, or none and use `Tracked`",
            ));
        }
        Ok(shape)
    }

    pub fn is_probed(&self) -> bool {
        self.variants.iter().any(|v| v.probe().is_some())
    }
}

impl Variant {
    fn of(name: Option<Ident>, fields: &Fields) -> syn::Result<Variant> {
        let fields: Vec<Field> = fields
            .iter()
            .enumerate()
            .map(|(index, field)| {
                let member = field.ident.as_ref().map_or_else(
                    || {
                        let index = Index::from(index);
                        quote! { #index }
                    },
                    |name| quote! { #name },
                );
                Ok(Field {
                    member,
                    binding: format_ident!("__field{index}"),
                    ty: field.ty.clone(),
                    measured: Measured::of(&field.attrs)?,
                    is_probe: is_probe(&field.ty),
                })
            })
            .collect::<syn::Result<_>>()?;
        if let Some(second) = fields.iter().filter(|field| field.is_probe).nth(1) {
            return Err(syn::Error::new_spanned(
                &second.ty,
                "an object has one `Probe`",
            ));
        }
        Ok(Variant { name, fields })
    }

    pub fn probe(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.is_probe)
    }

    /// `Self` or `Self::Variant`.
    pub fn path(&self) -> TokenStream {
        self.name
            .as_ref()
            .map_or_else(|| quote! { Self }, |name| quote! { Self::#name })
    }
}

fn is_probe(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Probe" && last.arguments.is_none())
}

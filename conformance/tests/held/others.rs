//! Outputs, managers, and managed keys.

use hostcrypt_conformance::{Guest, Object};

use super::Kind;

/// Opens again what was stored once.
fn again<'k>(kind: &'static str, make: fn(&mut Guest<'_>, Object) -> Object) -> Kind<'k> {
    let mut stored = None;
    Kind::small(format!("managed {kind}"), move |guest| {
        let (manager, id) = stored.get_or_insert_with(|| {
            let manager = guest.manager();
            let key = make(guest, manager);
            (manager, guest.id(kind, key).unwrap().0)
        });
        guest.from_id(kind, *manager, id, 1).unwrap();
        1
    })
}

pub(crate) fn kinds<'k>() -> Vec<Kind<'k>> {
    let mut kinds = vec![
        Kind::small("manager", |guest| {
            guest.manager();
            1
        }),
        again("keypair", |guest, manager| guest.keypair_generate_managed(manager, 0, "Ed25519").unwrap()),
        again("symmetric_key", |guest, manager| guest.symmetric_key_generate_managed(manager, "AES-256-GCM").unwrap()),
    ];
    for len in [0, 64, 65, 1000] {
        kinds.push(Kind::small(format!("output of {len} bytes"), move |guest| {
            let key = guest.symmetric_key_import("HMAC/SHA-256", &vec![7; len]).unwrap();
            guest.symmetric_key_output(key).unwrap();
            guest.close("symmetric_key", key).unwrap();
            1
        }));
        kinds.push(Kind::small(format!("output of {len} bytes, of which one was pulled"), move |guest| {
            let key = guest.symmetric_key_import("HMAC/SHA-256", &vec![7; len + 1]).unwrap();
            let output = guest.symmetric_key_output(key).unwrap();
            guest.array_output_pull(output, usize::from(len > 0)).unwrap();
            guest.close("symmetric_key", key).unwrap();
            1
        }));
    }
    kinds
}

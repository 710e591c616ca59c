use super::*;

/// A policy held to what the interface has, on a host that serves nothing.
fn checked(policy: &Policy) -> Result<(), String> {
    policy.check(&[]).map_err(|error| error.to_string())
}

#[test]
fn a_function_that_is_none_is_named_with_those_like_it() {
    let error = Policy::new().forbid_functions(["keypair_generate", "keypair_generat"]).unwrap_err();
    let hint = "did you mean `keypair_generate`";
    assert!(error.to_string().starts_with("no function of the interface matches `keypair_generat`: "), "{error}");
    assert!(error.to_string().contains(hint), "{error}");
    for none in ["", " keypair_generate", "secret_manager_*", "secrets_manager_*s"] {
        assert_eq!(Policy::new().forbid_functions([none]).unwrap_err().pattern, none);
    }
}

#[test]
fn a_function_is_forbidden_under_the_names_of_both_revisions() {
    let forbidding = |pattern| Policy::new().forbid_functions([pattern]).unwrap();
    for name in ["open", "close", "invalidate"] {
        let [old, new] = ["key_manager_", "secrets_manager_"].map(|prefix| forbidding(format!("{prefix}{name}")));
        assert_eq!(old, new);
    }
    assert_eq!(forbidding("secrets_manager_*".to_owned()), forbidding("key_*_*".to_owned()));
    assert_ne!(forbidding("key_manager_open".to_owned()), forbidding("key_manager_close".to_owned()));
}

#[test]
fn a_name_that_nobody_knows_is_an_error_with_those_like_it() {
    for (pattern, hint) in [
        ("SHA256", "`SHA-256`"),
        ("SHA_256", "`SHA-256`"),
        ("RSA_PKCS_*", "`RSA_PKCS1_2048_SHA256`"),
        ("ED-25519", "`Ed25519`"),
        (" SHA-256", "`SHA-256`"),
        ("AES-256-GMC", "`AES-256-GCM`"),
        ("ML_KEM_*", "`ML-KEM-512`"),
    ] {
        for policy in [
            Policy::new().forbid_algorithms(["SHA-256", pattern]),
            Policy::new().allow_only(["SHA-256", pattern]),
            Policy::new().require_key_bits(pattern, 128),
        ] {
            let error = checked(&policy).unwrap_err();
            assert!(error.starts_with(&format!("no algorithm matches `{pattern}`: did you mean ")), "{error}");
            assert!(error.contains(hint), "{error}");
        }
    }
    for pattern in ["", "none", "*none*"] {
        assert_eq!(
            checked(&Policy::new().forbid_algorithms([pattern])).unwrap_err(),
            format!("no algorithm matches `{pattern}`")
        );
    }
}

#[test]
fn names_of_the_interface_are_no_error_where_nothing_serves_them() {
    for (name, _) in names::all() {
        let policy = Policy::new().forbid_algorithms([name.to_lowercase()]).allow_only([name]);
        assert_eq!(checked(&policy), Ok(()), "{name}");
    }
    assert_eq!(checked(&Policy::fips()), Ok(()));
    for pattern in ["*", "AEGIS-*", "*SHAKE*", "argon2-*", "SLH-DSA-*"] {
        assert_eq!(checked(&Policy::new().forbid_algorithms([pattern])), Ok(()), "{pattern}");
    }
}

#[test]
fn no_name_is_listed_twice() {
    let mut names: Vec<_> = names::all().map(|(name, _)| name.to_ascii_lowercase()).collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn a_size_is_required_of_keys_that_have_one() {
    for pattern in ["RSA_*", "*", "HMAC/SHA-256", "AEGIS-256", "ED448"] {
        assert_eq!(checked(&Policy::new().require_key_bits(pattern, 128)), Ok(()), "{pattern}");
    }
    for pattern in ["ML-KEM-*", "X-WING", "SHA-*", "SCRYPT"] {
        assert_eq!(
            checked(&Policy::new().require_key_bits(pattern, 128)).unwrap_err(),
            format!("no algorithm that matches `{pattern}` has keys with a size in bits")
        );
    }
}

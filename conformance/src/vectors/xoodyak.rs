//! Xoodyak.
//!
//! The vectors are those of its submission to NIST's competition for lightweight cryptography (third round). All inputs
//! are the bytes 0, 1, 2 and so on.

use hostcrypt::Errno;

use super::{Verdict, hex, refused, same, send};
use crate::{Guest, Object, guest::Answer};

const ALGORITHM: &str = "XOODYAK-128";

/// The key and the nonce are both 16 bytes. With texts and data of up to 32 bytes, the submission has 1089 vectors.
pub(super) fn xoodyak_128_seals_and_opens_as_its_submission_does(guest: &mut Guest<'_>) {
    let vectors = SEALED.map(|(text, data, sealed)| (format!("{text} bytes with {data}"), (text, data, hex(sealed))));
    send(guest, "LWC_AEAD_KAT_128_128, XOODYAK-128", &[ALGORITHM], vectors, |guest, (text, data, sealed)| {
        let (text, data) = (input(text), input(data));
        let whole = seals(guest, &data, &text)?;
        same("the text with its tag", &whole, &sealed)?;
        let (sealed, tag) = sealed.split_at(text.len());
        let (apart, pulled) = in_state(guest, &data, |guest, state| {
            let (apart, tag) = guest.symmetric_state_encrypt_detached(state, text.len(), &text)?;
            Ok((apart, guest.symmetric_tag_pull(tag, 16)?))
        })?;
        same("the text with its tag", &[apart, pulled].concat(), &whole)?;
        opens(guest, &data, sealed, tag, Some(&text))?;
        let altered: Vec<_> = tag.iter().map(|byte| byte ^ 1).collect();
        opens(guest, &data, sealed, &altered, None)
    });
}

/// The digest of everything that the submission sealed, in its order.
pub(super) fn xoodyak_128_seals_all_that_its_submission_does(guest: &mut Guest<'_>) {
    let digest = hex("7562371a6589f6d836b534833e955d3fd74c265d5756c10838463dd98b1e51a1");
    let vectors = [("all 1089", digest)];
    let set = "LWC_AEAD_KAT_128_128, XOODYAK-128, by a digest";
    send(guest, set, &[ALGORITHM, "SHA-256"], vectors, |guest, digest| {
        let mut all = Vec::new();
        for text in 0..=32 {
            for data in 0..=32 {
                all.extend(seals(guest, &input(data), &input(text))?);
            }
        }
        same("the digest", &hashes(guest, "SHA-256", &all)?, &digest)
    });
}

pub(super) fn xoodyak_128_hashes_as_its_submission_does(guest: &mut Guest<'_>) {
    let vectors = HASHED.map(|(message, digest)| (format!("{message} bytes"), (message, hex(digest))));
    send(guest, "LWC_HASH_KAT_256, XOODYAK-128", &[ALGORITHM], vectors, |guest, (message, digest)| {
        same("the digest", &hashes(guest, ALGORITHM, &input(message))?, &digest)
    });
}

/// The digest of all digests of the submission, of messages of up to 1024 bytes.
pub(super) fn xoodyak_128_hashes_all_that_its_submission_does(guest: &mut Guest<'_>) {
    let digest = hex("d9959306535eb14ed9a5cc0c75b24aae0b8e16442013495125d563f4d0699631");
    let vectors = [("all 1025", digest)];
    let set = "LWC_HASH_KAT_256, XOODYAK-128, by a digest";
    send(guest, set, &[ALGORITHM, "SHA-256"], vectors, |guest, digest| {
        let mut all = Vec::new();
        for message in 0..=1024 {
            all.extend(hashes(guest, ALGORITHM, &input(message))?);
        }
        same("the digest", &hashes(guest, "SHA-256", &all)?, &digest)
    });
}

fn input(len: usize) -> Vec<u8> {
    (0..=u8::MAX).cycle().take(len).collect()
}

/// To absorb nothing is an operation of the mode.
fn hashes(guest: &mut Guest<'_>, algorithm: &str, message: &[u8]) -> Verdict<Vec<u8>> {
    let state = guest.symmetric_state_open(algorithm, None, None)?;
    guest.symmetric_state_absorb(state, message)?;
    let digest = guest.symmetric_state_squeeze(state, 32)?;
    guest.close("symmetric_state", state)?;
    Ok(digest)
}

/// Does something in a fresh state that absorbed the data, be it none.
fn in_state<R>(
    guest: &mut Guest<'_>,
    data: &[u8],
    work: impl FnOnce(&mut Guest<'_>, Object) -> Answer<R>,
) -> Answer<R> {
    let key = guest.symmetric_key_import(ALGORITHM, &input(16))?;
    let options = guest.nonce(&input(16));
    let state = guest.symmetric_state_open(ALGORITHM, Some(key), Some(options))?;
    guest.symmetric_state_absorb(state, data)?;
    let answer = work(guest, state);
    for (kind, handle) in [("symmetric_state", state), ("options", options), ("symmetric_key", key)] {
        guest.close(kind, handle)?;
    }
    answer
}

fn seals(guest: &mut Guest<'_>, data: &[u8], text: &[u8]) -> Answer<Vec<u8>> {
    in_state(guest, data, |guest, state| guest.symmetric_state_encrypt(state, text.len() + 16, text))
}

/// Holds what is opened, both ways, to a text; without one, the tag is not the text's.
fn opens(guest: &mut Guest<'_>, data: &[u8], sealed: &[u8], tag: &[u8], text: Option<&[u8]>) -> Verdict {
    let whole = in_state(guest, data, |guest, state| {
        guest.symmetric_state_decrypt(state, sealed.len(), &[sealed, tag].concat())
    });
    let apart =
        in_state(guest, data, |guest, state| guest.symmetric_state_decrypt_detached(state, sealed.len(), sealed, tag));
    for answer in [whole, apart] {
        match text {
            Some(text) => same("the opened text", &answer?, text)?,
            None => refused(&answer, Errno::InvalidTag)?,
        }
    }
    Ok(())
}

/// The lengths of the text and of the data, and what the text becomes.
const SEALED: [(usize, usize, &str); 36] = [
    (0, 0, "4968dc9c714b06a98d1905c6447b4939"),
    (0, 1, "25966dd6af69a7aa336d13dd35e9dc64"),
    (0, 16, "fcd4848575bfb0202b4d14dd1e3e554d"),
    (0, 32, "c92ea33fa51c7c824bd03e1dae31d9a7"),
    (1, 0, "63dfbfdcbf22b4eaeb8a0a0310339868e4"),
    (1, 1, "4759f50c38c99278ca4d3017f8e8b02cef"),
    (1, 16, "59cd82d634d0c5721e2c1b74603ebc3680"),
    (1, 32, "e9f2442d342a0fc11f8703f2ea824b9b4f"),
    (8, 0, "63e57066fd19b751cff989082ef3075a57df7fd3e7756b34"),
    (8, 1, "47e7bbad19335db8b1b48bdb793e4632d8054d1f0ccb39ef"),
    (8, 16, "59d859c1d40792f218abc6baf32dddc4dfee0aebe2c8dff9"),
    (8, 32, "e96d2e16402dbd4e42cbace95acebb6409e59e3bb21f2d71"),
    (16, 0, "63e57066fd19b751ed8c6f93a1fa68ea98fbb1f5ae7623d1a8c9c341ae906088"),
    (16, 1, "47e7bbad19335db8a71b9132919464aacf5571db2507e5cf078383c4ba4b1662"),
    (16, 16, "59d859c1d40792f25df1fca07699e454368a868f56f9ff52ebc58e38e85d4fda"),
    (16, 32, "e96d2e16402dbd4efb8a8ec0172fbb7169cd722083481018c53288202bfb44a9"),
    (23, 0, "63e57066fd19b751ed8c6f93a1fa68eafdc05a584eb15e4d8ddbd54a125f016fc04b70b01010cf"),
    (23, 1, "47e7bbad19335db8a71b9132919464aab6d455b490f33798b47a92a10505a5375d2539dfcdf243"),
    (23, 16, "59d859c1d40792f25df1fca07699e454aadd30ec4e75e093d67298eecc21e893df24d65572aac8"),
    (23, 32, "e96d2e16402dbd4efb8a8ec0172fbb718330548985cee420e5ad2a59a4d5358b42616cb1be018e"),
    (24, 0, "63e57066fd19b751ed8c6f93a1fa68eafdc05a584eb15e84af4a476ac347ded70101b50a9168a2d6"),
    (24, 1, "47e7bbad19335db8a71b9132919464aab6d455b490f337f334eef719c994695b927c82d6780c242a"),
    (24, 16, "59d859c1d40792f25df1fca07699e454aadd30ec4e75e0b43598c5c1c3b87ebe9a9458365ce3583d"),
    (24, 32, "e96d2e16402dbd4efb8a8ec0172fbb718330548985cee48f9bf0a3b4162a1f6d460abd83d42e3c00"),
    (25, 0, "63e57066fd19b751ed8c6f93a1fa68eafdc05a584eb15e84d7187a80012dffd3299bec3a4ac525aae2"),
    (25, 1, "47e7bbad19335db8a71b9132919464aab6d455b490f337f3d9178a909833833b20ffd32b8ccfd964fa"),
    (25, 16, "59d859c1d40792f25df1fca07699e454aadd30ec4e75e0b4f52b05db0375e91ecd3a19b3fb17667223"),
    (25, 32, "e96d2e16402dbd4efb8a8ec0172fbb718330548985cee48fc4beb28525b055fbd49b8c2871fc8c7e69"),
    (31, 0, "63e57066fd19b751ed8c6f93a1fa68eafdc05a584eb15e84d73a0dbb401e6caf9669b45db96ca692bb3d9d88a65826"),
    (31, 1, "47e7bbad19335db8a71b9132919464aab6d455b490f337f3d9f8aedf218c4fce9ccbff94c005260500392bc100af3d"),
    (31, 16, "59d859c1d40792f25df1fca07699e454aadd30ec4e75e0b4f5ba6f62f65f7965279bf8bc4b8e688935fadd41326ee5"),
    (31, 32, "e96d2e16402dbd4efb8a8ec0172fbb718330548985cee48fc48a00d991b277c0f4cc28fe90a23c1933f20eca127bec"),
    (32, 0, "63e57066fd19b751ed8c6f93a1fa68eafdc05a584eb15e84d73a0dbb401e6c6341418dcdb33542d7ad172ca475c7db73"),
    (32, 1, "47e7bbad19335db8a71b9132919464aab6d455b490f337f3d9f8aedf218c4f3f1c9964888d0a47eddb72327889fa7916"),
    (32, 16, "59d859c1d40792f25df1fca07699e454aadd30ec4e75e0b4f5ba6f62f65f794dcd696a9cfd604a9ba745779cbf92cdca"),
    (32, 32, "e96d2e16402dbd4efb8a8ec0172fbb718330548985cee48fc48a00d991b2772e7a878435a73331f2ecd3c7d15b4d5c87"),
];

/// The length of the message, and its digest.
const HASHED: [(usize, &str); 22] = [
    (0, "ea152f2b47bce24efb66c479d4adf17bd324d806e85ff75ee369ee50dc8f8bd1"),
    (1, "27921f8ddf392894460b70b3ed6c091e6421b7d2147dcd6031d7efebad3030cc"),
    (2, "dd3f12e89db41c61d3c05779705fa946a8c69c79eefdc1b4a966a5f1ab35073d"),
    (8, "c826d28c7f5bf948fba9bb5ea028b4e377f1de86ec5a2a1511ba4d692968efd5"),
    (15, "db4c9cfe9d385d8ca329e27aeb495a0816c1ab051a57c231a134082661d71bed"),
    (16, "9ea695347cdddff9bc63ece30fe231441d581768fe223dd6bd7367094fd216b3"),
    (17, "20593b39bb6d595019331601244411323f713085bb1a30218c972b96d9b7b7b3"),
    (31, "b91e0c762169748d4e2b8d4972b63a4866caad1b5ebfb7f37deadeb4424df768"),
    (32, "cebe4aff9eac2218017dda5f8207ba830e989187256539bd7d31ae5e94ff0c6e"),
    (33, "249cfccd50d66e722e80e79002ce3b302b4ca067483ab9cdeb474dbf555b7633"),
    (47, "66ec819346b917c3d076a7c0b12c95248ba9f071842b7ee3b073e52d8dbbfddb"),
    (48, "8a77edb598024b886c6db04e3c5271953ff24e0e3e997de44933de4ab8e5226b"),
    (49, "cca260c4947de5e6e1796cdbf6a0c7e2dbbd2ceb6b8006b720ea0a9961a34491"),
    (63, "2e9edd78f51e549df9d0fced6a98cfec3a78bd3957772c30d9a7c6f0a2dccba7"),
    (64, "68a2e4b661525133dec09d918b61e40d38cdd0e59638b5a9709ab2a4af2d8f13"),
    (65, "3bdc2064815298a08eb28ceb90ef123b2c1a24350d6907dfae71b07e40304404"),
    (128, "3f06099548d9202d436488cf46eb551e4746c7cf04cee7b0c2d53c05ac5c73ca"),
    (255, "0a4d8c6949c3231218716af56e76425a1b6477a3234e51f52abe6a82a0cca551"),
    (256, "69977257466a8fbf6aa5f22e0526c247399b8e2f19db14c0d512f36c9892996a"),
    (257, "68b8e158313aed259691d9a989d87bcacb5178569b002ac5ce278b9a49a53453"),
    (512, "62571d8fa16b16988f89851ceb8aefeca97507545852a3cc610d2f8549fb70f4"),
    (1024, "fcc4d63932d98c30cab597e60b7cca475bd9fbf984838c5cb5615c949f814615"),
];

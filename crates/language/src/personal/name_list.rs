//! Common first names of several countries, and those of them that are words, places or months as well.

/// First names in lower case without ambiguity in everyday text; not complete, and no list could be.
const FIRST_NAMES: &str = "
aaron abdul abigail adam adele adrian agnes ahmed aisha alan albert alberto alejandra alejandro alessandra alessandro alexander alexandra
alexis alfred alfredo alice alicia alina alison allison amanda amelia amir amy ana anastasia andrea andreas andrei andrew andrés angela
angelika anita anja anna annabelle anne annette annika anthony antje antoine anton antonio anya arjun arthur arturo astrid audrey axel
barbara beatrice beatriz benjamin bernard bernd bernhard beth bettina beverly birgit björn bradley brandon brenda brian bridget brigitte
bruno camila camille carina carl carla carlos carmen caroline carolyn catherine cathy cecilia cédric chantal charles cheryl
chiara chloe chloé chris christa christiane christina christine christoph christopher cindy claire clara claudia claudio clément
connor constanze cornelia craig crystal cynthia dagmar daniel daniela daniele danielle david deborah debra denise dennis derek detlef diana diane
diego dieter dimitri dirk dmitri dominik dominique donald donna dorothea dorothy douglas dylan edith edgar eduardo edward edwin eileen elaine
elena eleanor elif elisa elisabeth elizabeth elke ella ellen emily emilia emma emmanuel enrique eric erica erik erika ernst estelle esther
ethan eugene eva evelyn fabian fabien fatima federico felix ferdinand fernanda fernando fiona florian francesca francesco francisco françois
françoise franz frédéric frieda friedrich fritz gabriel gabriela gabriele gabrielle gareth gary geoffrey george gerald gerard gerd gerhard
gertrud gilbert giorgio giovanni gisela giulia giuseppe gloria gonzalo gordon grégory greta gudrun guillaume guillermo günter günther gustav
hannah hannes hans harald hassan heather heidi heike heinrich heinz helen helena helga helmut hendrik henri henry herbert hermann holger horst
howard hubert hugo ian ibrahim ignacio ilona ines inge ingrid irene irina isaac isabel isabella isabelle ivan jacob jacqueline
jacques jakob jamal james jan jana janet janice jason javier jean jeffrey jennifer jens jeremy jérôme jessica jill jim joachim joan joanna
joanne jochen johan johann johanna johannes john jonas jonathan jorge josé josef joseph joshua juan juana judith judy julia julian juliane julie
julien jürgen justin justyna kai karen karim karin karl karsten katarina katarzyna katharina katherine kathleen kathrin kathryn katie katja
katrin kayla keith kelly kenneth kerstin kevin kimberly klaus konrad krishna kristen kristin kristina krzysztof kurt kyle lara lars laura lauren laurent
lea léa lena leon leonard leonardo leonie leticia liam lilian lina linda lindsay lisa lorenzo lothar louis louise luca lucas lucia lucía lucie
ludwig luis luisa lukas lutz lydia magdalena maja malte manfred manuel manuela marc marcel marcelo marco marcos marcus margaret margarita margot
maria maría marianne marie marina mario marion marius markus marlene marta martha martin martina mary mateo mathias mathieu mathilde matteo matthew
matthias maureen maurice max maximilian megan mehmet melanie melissa michael michaela michał michel michele michelle miguel mike mikhail mohamed
mohammed monica monika monique moritz muhammad nadia nadine nancy natalia natalie natasha nathan nathaniel nicholas nicola nicolas nicole nikita
niklas nikolai nils nina noah noemi norbert nora olaf oleg olga oliver olivia omar oscar oskar otto pablo pamela paola paolo pascal patricia
patrick patrik paul paula pauline pawel pedro peggy penelope peter petra philip philipp philippe pierre piotr priya rachel rafael rahul rainer ralf
ralph ramon raphael raquel raymond rebecca regina reinhard renate renée ricardo riccardo richard rita robert roberta roberto rodrigo roger
roland rolf roman ronald rosa rosemarie rosemary roxane rudolf ruth ryan sabine sabrina salvatore samantha samira samuel sandra sanjay sara sarah
sascha scott sean sébastien sebastian sergei sergey sergio sharon sheila shirley silke silvia simon simone sofia sofie sonia sonja sophia sophie
stefan stefanie stefano stephan stephanie stéphane stephen steven stuart susan susanna susanne suzanne sven svenja svetlana sylvia sylvie tamara
tanja tatiana teresa theodor theresa thierry thomas thorsten tim timothy tobias todd tomás tomasz torsten tracy tristan udo ulrich ulrike
ursula uta uwe valentina valeria valérie vanessa vera veronica veronika véronique vicente vincent viktor viktoria vladimir volker waldemar walter wanda
wendy werner wilhelm william wolfgang xavier yannick yasmin yolanda yuki yusuf yves yvonne zachary zoe zoé";

/// First names that are words, places, months or brands as well: believed only beside a family name, a title or a greeting.
const AMBIGUOUS_NAMES: &str = "
alex amber angel april art ashley august austin autumn bill bob brooke bruce carol casey charity charlotte chase chelsea christian chuck
clay cliff daisy dale dallas dan dawn dean destiny dick don drew duke dustin earl ed eddie emery eve faith fern florence ford frank fred gene
georgia ginger glen grace grant greg harry harper hazel heath holly hope hunter iris ivy jack jackson jade jamie jasmine jay jerry jesse jesus jo joe
joel jordan joy june kay ken kim king lance lee leo leslie lily logan lois lou luke madison major marge mark marshall mason matt may mel melody mercedes
mia mercy miles milan misty mo morgan nat nick noel norm oakley olive page paige paris parker pat pearl penny phil philippa piper poppy ray
reed rex rich rick river rob robin rod rose roy ruby rusty sally sam sandy scarlett sierra sky sonny stella stephany stormy sue summer sunny
tara taylor ted teddy terry tom tony trinity troy ty van victor victoria vince virginia wade warren wayne will willow wood woody art ulf ute
jose cesar angelo lorena joseba kofi kwame chen wei ming li wang hiroshi kenji ravi anil sunil deepak raj amit";

/// What a word is as a first name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstName {
    /// A name and hardly anything else.
    Sure,
    /// A name, and a word or place as well.
    Ambiguous,
}

/// Looks up a word in lower case.
pub(crate) fn first_name(lower: &str) -> Option<FirstName> {
    use std::collections::HashMap;
    use std::sync::OnceLock;
    static NAMES: OnceLock<HashMap<&'static str, FirstName>> = OnceLock::new();
    let names = NAMES.get_or_init(|| {
        let sure = FIRST_NAMES.split_ascii_whitespace().map(|name| (name, FirstName::Sure));
        let ambiguous = AMBIGUOUS_NAMES.split_ascii_whitespace().map(|name| (name, FirstName::Ambiguous));
        sure.chain(ambiguous).collect()
    });
    names.get(lower).copied()
}

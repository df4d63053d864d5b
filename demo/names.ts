import type { ScriptVisitor } from './script.ts';

/** Fictional people and companies for the further plays of a script. All domains end in `.example`. */
const firstNames = [
  'Adaeze', 'Alistair', 'Anjali', 'Astrid', 'Bashir', 'Carmen', 'Cedric', 'Daphne', 'Dmitri', 'Edith', 'Emeka', 'Esther',
  'Fabio', 'Freya', 'Gideon', 'Greta', 'Hamza', 'Harriet', 'Ingrid', 'Isaac', 'Jasmin', 'Joris', 'Kalani', 'Kirsten',
  'Lachlan', 'Leonor', 'Magnus', 'Malika', 'Nadia', 'Nikolai', 'Odette', 'Orhan', 'Paloma', 'Quentin', 'Rosalind', 'Ruben',
  'Salma', 'Stellan', 'Tamsin', 'Thandiwe', 'Umberto', 'Valeria', 'Wendell', 'Xenia', 'Yara', 'Zoltan',
]; // biome-ignore format: a list
const lastNames = [
  'Abara', 'Ashdown', 'Banerjee', 'Berglund', 'Carvalho', 'Castell', 'Demirci', 'Drummond', 'Eklund', 'Farrow', 'Fontaine',
  'Galvez', 'Haverkamp', 'Holloway', 'Iyer', 'Jansen', 'Kaplan', 'Kovacs', 'Lachance', 'Lindgren', 'Mbeki', 'Moretti', 'Nakashima',
  'Novotny', 'Osei', 'Paredes', 'Quinlan', 'Rasmussen', 'Rutherford', 'Santoro', 'Silva', 'Tanaka', 'Thackeray', 'Underhill',
  'Vasquez', 'Voss', 'Wessels', 'Xanthos', 'Yilmaz', 'Zeller',
]; // biome-ignore format: a list
const companies: [name: string, domain: string][] = [
  ['Aurora Cycles', 'auroracycles'], ['Bluebell Ceramics', 'bluebellceramics'], ['Caldera Coffee', 'calderacoffee'],
  ['Drift Outdoor', 'driftoutdoor'], ['Evergreen Seating', 'evergreenseating'], ['Falcon Bearings', 'falconbearings'],
  ['Glasswing Optics', 'glasswingoptics'], ['Hollow Oak Toys', 'hollowoaktoys'], ['Ironvale Tools', 'ironvaletools'],
  ['Juniper Textiles', 'junipertextiles'], ['Kestrel Pumps', 'kestrelpumps'], ['Lowland Dairy', 'lowlanddairy'],
  ['Mistral Apparel', 'mistralapparel'], ['Northbeam Lighting', 'northbeamlighting'], ['Orchard Press', 'orchardpress'],
  ['Pebble Electronics', 'pebbleelectronics'], ['Quarry Stoneworks', 'quarrystoneworks'], ['Riverbend Paper', 'riverbendpaper'],
  ['Saltmarsh Foods', 'saltmarshfoods'], ['Thistle Spirits', 'thistlespirits'], ['Umbra Furniture', 'umbrafurniture'],
  ['Verdant Seeds', 'verdantseeds'], ['Wavecrest Surf', 'wavecrestsurf'], ['Yellowstone Batteries', 'yellowstonebatteries'],
  ['Zephyr Fans', 'zephyrfans'],
]; // biome-ignore format: a list
const japaneseFirstNames: [shown: string, latin: string][] = [
  ['直樹', 'naoki'], ['美咲', 'misaki'], ['大輔', 'daisuke'], ['由美子', 'yumiko'], ['翔太', 'shota'], ['恵子', 'keiko'],
]; // biome-ignore format: a list
const japaneseLastNames: [shown: string, latin: string][] = [
  ['佐藤', 'sato'], ['鈴木', 'suzuki'], ['高橋', 'takahashi'], ['田中', 'tanaka'], ['渡辺', 'watanabe'], ['伊藤', 'ito'],
]; // biome-ignore format: a list
const japaneseCompanies: [name: string, domain: string][] = [
  ['東海精機', 'tokaiseiki'], ['青葉食品', 'aobafoods'], ['瀬戸内海運', 'setouchikaiun'], ['北斗電子', 'hokutodenshi'],
]; // biome-ignore format: a list

/**
 * Another visitor for the same script: what is blank or absent in the original stays so. Different `index`es give different
 * e-mails (up to 1,840 of the general list, 36 of the Japanese one).
 */
export function anotherVisitor({ names, ...original }: ScriptVisitor, index: number): ScriptVisitor {
  const lists = names === 'japanese' ? japaneseLists : generalLists;
  const round = Math.floor(index / lists.first.length);
  const [firstName, firstLatin] = pick(lists.first, index);
  const [lastName, lastLatin] = pick(lists.last, index + round);
  const [company, domain] = pick(lists.companies, index * 7 + round);
  return {
    first_name: original.first_name && firstName,
    last_name: original.last_name && lastName,
    company: original.company && company,
    ...(original.email ? { email: `${firstLatin}.${lastLatin}@${domain}.example` } : {}),
    ...(names ? { names } : {}),
  };
}

const asIs = (names: string[]) => names.map((name): [string, string] => [name, name.toLowerCase()]);
const generalLists = { first: asIs(firstNames), last: asIs(lastNames), companies };
const japaneseLists = { first: japaneseFirstNames, last: japaneseLastNames, companies: japaneseCompanies };

function pick<Item>(list: Item[], index: number): Item {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('cannot pick from an empty list');
  return item;
}

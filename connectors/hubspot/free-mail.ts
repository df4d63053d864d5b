/** Domains where anybody can have a mailbox: they say nothing about whom somebody works for. Not complete, and need not be. */
const domains = new Set(
  `gmail.com googlemail.com yahoo.com ymail.com rocketmail.com hotmail.com outlook.com live.com msn.com icloud.com me.com mac.com
  aol.com proton.me protonmail.com pm.me tutanota.com tuta.io fastmail.com hey.com zoho.com mail.com gmx.com gmx.net gmx.de web.de
  t-online.de freenet.de orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it uol.com.br bol.com.br terra.com.br
  yandex.com yandex.ru mail.ru inbox.ru list.ru bk.ru rambler.ru qq.com 163.com 126.com sina.com foxmail.com naver.com hanmail.net daum.net
  rediffmail.com comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net btinternet.com sky.com virginmedia.com
  bigpond.com optusnet.com.au shaw.ca rogers.com sympatico.ca seznam.cz wp.pl o2.pl onet.pl interia.pl ziggo.nl kpnmail.nl bluewin.ch`.split(
    /\s+/,
  ),
);
// The same houses under the domains of countries.
const families = /^(yahoo|hotmail|outlook|live)\.(co\.)?[a-z]{2,3}(\.[a-z]{2})?$/;

export const isFreeMail = (domain: string): boolean => domains.has(domain) || families.test(domain);

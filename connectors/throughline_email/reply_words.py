"""The words by which mail programs of many languages introduce what they quote: data, no code."""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(
        word.strip() for line in text.split("\n") for word in line.split("|") if word.strip()
    )


WROTE = _lines("""
wrote | writes | schrieb | schreibt | a écrit | escribió | va escriure | skrev | ha scritto
geschrieben | schreef | geschreven | escreveu | kirjoitti | napisał | pisze | napsal | napísal
napisała | napsala | napísala | написала | написал | пишет | написав | пише | a scris | yazdı
írta | έγραψε | כתב | כתבה | كتب | كتبت
写道 | 寫道 | 寫到 | 님이 작성 | 書きました | đã viết | menulis
""")

OPENERS = _lines("""
on | am | le | el | den | il | op | em | dne | dnia | w dniu | på | в | на | pe | vào | pada | στις
mon | tue | wed | thu | fri | sat | sun | mo | di | mi | do | fr | sa | so
""")

ORIGINAL = frozenset(
    _lines("""
original message | forwarded message | original appointment
ursprüngliche nachricht | original-nachricht | originalnachricht | weitergeleitete nachricht
message d'origine | message d’origine | message original | message transféré
mensaje original | mensaje reenviado | mensagem original | mensagem encaminhada
messaggio originale | messaggio inoltrato
oorspronkelijk bericht | origineel bericht | doorgestuurd bericht
ursprungligt meddelande | vidarebefordrat meddelande
oprindelig meddelelse | videresendt meddelelse | opprinnelig melding | videresendt melding
alkuperäinen viesti | välitetty viesti
oryginalna wiadomość | wiadomość oryginalna | wiadomość przekazana dalej
původní zpráva | přeposlaná zpráva | исходное сообщение | пересылаемое сообщение
原始邮件 | 原始郵件 | 转发的邮件 | 轉寄的郵件 | 转发邮件信息 | 原邮件 | 回复的原邮件
元のメッセージ | 転送メッセージ
원본 메시지 | 전달된 메시지 | orijinal mesaj | eredeti üzenet | mesaj original
""")
)

BEGIN = frozenset(
    _lines("""
begin forwarded message: | anfang der weitergeleiteten nachricht:
anfang der weitergeleiteten e-mail: | début du message réexpédié : | début du message transféré :
inicio del mensaje reenviado: | inizio messaggio inoltrato: | início da mensagem encaminhada:
begin doorgestuurd bericht: | start på videresendt besked: | vidarebefordrat brev:
开始转发的邮件： | 下面是被转发的邮件：
""")
)

FROM = frozenset(
    _lines("""
from | von | de | da | fra | från | van | lähettäjä | od | от | от кого | від
发件人 | 寄件者 | 寄件人 | 差出人 | 送信者 | 보낸 사람 | 보낸사람
kimden | gönderen | feladó | από | expeditor | de la | מאת | من
""")
)

SENT = frozenset(
    _lines("""
sent | gesendet | envoyé | enviado | enviado el | enviada em | enviado em | inviato | verzonden
sendt | skickat | lähetetty | wysłano | odesláno | отправлено | gönderilen | elküldve | trimis
发送时间 | 发送日期 | 寄件日期 | 傳送日期 | 送信日時 | 보낸 날짜
""")
)

WITH = SENT | frozenset(
    _lines("""
date | to | subject | cc | datum | an | betreff | kopie
à | objet | fecha | para | asunto | data | assunto | a | oggetto
aan | onderwerp | dato | til | emne | till | ämne
päivämäärä | vastaanottaja | aihe | do | temat | dw
komu | předmět | дата | кому | тема | копия
日期 | 时间 | 收件人 | 主题 | 抄送 | 收件者 | 主旨 | 副本 | 日時 | 宛先 | 件名
받는 사람 | 제목 | 참조 | tarih | kime | konu
dátum | címzett | tárgy | către | subiect
""")
)

SENT_FROM = _lines("""
sent from my | get outlook for | von meinem | gesendet mit der | envoyé de mon | envoyé depuis
enviado desde mi | enviado do meu | inviato da | verstuurd vanaf mijn | verzonden vanaf mijn
sendt fra min | skickat från min | 发自我的 | 從我的 | iphoneから送信
""")

"""What WhatsApp itself writes into an export, in the languages of phones.

On iOS a direction mark shows such texts in any language. Android has no sign: a phrase that is missing here is imported
as a message, as it stands.
"""

import re

_deleted = """
this message was deleted|you deleted this message|you deleted this message as admin|this message was deleted by admin
diese nachricht wurde gelöscht|du hast diese nachricht gelöscht|du hast diese nachricht als admin gelöscht
se eliminó este mensaje|eliminaste este mensaje|este mensaje fue eliminado|este mensaje se eliminó
esta mensagem foi apagada|essa mensagem foi apagada|mensagem apagada|você apagou esta mensagem|você apagou essa mensagem
esta mensagem foi eliminada|eliminou esta mensagem|apagou esta mensagem|eliminaste esta mensagem
questo messaggio è stato eliminato|hai eliminato questo messaggio
ce message a été supprimé|vous avez supprimé ce message|ce message a été effacé
dit bericht is verwijderd|dit bericht werd verwijderd|je hebt dit bericht verwijderd|u hebt dit bericht verwijderd
данное сообщение удалено|это сообщение удалено|это сообщение было удалено|вы удалили данное сообщение
вы удалили это сообщение|сообщение удалено
це повідомлення видалено|ви видалили це повідомлення|повідомлення видалено
ta wiadomość została usunięta|usunięto tę wiadomość|wiadomość została usunięta
bu mesaj silindi|bu mesajı sildiniz|bu mesajı sildin
det här meddelandet raderades|detta meddelande raderades|meddelandet togs bort|du raderade det här meddelandet
du raderade detta meddelande|denne besked blev slettet|denne besked er slettet|du slettede denne besked
denne meldingen ble slettet|meldingen ble slettet|du slettet denne meldingen
tämä viesti poistettiin|tämä viesti on poistettu|poistit tämän viestin
tato zpráva byla odstraněna|tato zpráva byla smazána|tuto zprávu jste odstranili|smazali jste tuto zprávu
táto správa bola odstránená|odstránili ste túto správu
ezt az üzenetet törölték|törölte ezt az üzenetet|törölted ezt az üzenetet|ez az üzenet törölve lett
acest mesaj a fost șters|ați șters acest mesaj|ai șters acest mesaj
αυτό το μήνυμα διαγράφηκε|αυτό το μήνυμα διαγράφτηκε|διαγράψατε αυτό το μήνυμα
s'ha eliminat aquest missatge|aquest missatge s'ha eliminat|has eliminat aquest missatge
ova poruka je izbrisana|ova poruka je obrisana|izbrisali ste ovu poruku
تم حذف هذه الرسالة|لقد حذَفت هذه الرسالة|لقد حذفت هذه الرسالة|حذفت هذه الرسالة|قمت بحذف هذه الرسالة
הודעה זו נמחקה|ההודעה הזו נמחקה|ההודעה נמחקה|מחקת הודעה זו|מחקת את ההודעה הזו
این پیام حذف شد|این پیام حذف شده است|شما این پیام را حذف کردید
यह मैसेज हटा दिया गया|यह संदेश हटा दिया गया|यह मैसेज मिटा दिया गया|यह मैसेज डिलीट किया गया|इस मैसेज को मिटा दिया गया
आपने यह मैसेज मिटाया|आपने यह मैसेज डिलीट किया|आपने यह संदेश मिटाया|आपने यह मैसेज हटा दिया
pesan ini telah dihapus|pesan ini dihapus|anda telah menghapus pesan ini|anda menghapus pesan ini
mesej ini telah dipadam|mesej ini telah dipadamkan|anda memadam mesej ini|anda memadamkan mesej ini
tin nhắn này đã bị xóa|tin nhắn này đã bị xoá|bạn đã xóa tin nhắn này|bạn đã xoá tin nhắn này
ข้อความนี้ถูกลบ|ข้อความนี้ถูกลบแล้ว|คุณลบข้อความนี้|คุณลบข้อความนี้แล้ว
此消息已删除|此消息已被删除|您已删除此消息|你已删除此消息|你删除了此消息|此訊息已刪除|您已刪除此訊息|你已刪除此訊息
このメッセージは削除されました|このメッセージを削除しました|あなたはこのメッセージを削除しました
삭제된 메시지입니다|이 메시지는 삭제되었습니다|이 메시지를 삭제했습니다|메시지를 삭제했습니다
це повідомлення було видалено|এই মেসেজটি বাদ দেওয়া হয়েছে|这条消息已被删除|یہ میسج حذف کر دیا گیا ہے
हा मेसेज हटवण्यात आला|ez az üzenet törlésre került|ova je poruka izbrisana|यह मैसेज डिलीट कर दिया गया है
આ મેસેજ ડિલીટ કરાયો|scriosadh an teachtaireacht seo|denne besked er blevet slettet|aquest missatge s'ha suprimit
itong mensahe ay binura na|aquest missatge està esborrat|信息已删除|šī ziņa tika izdzēsta|हा संदेश हटविण्यात आला होता
бұл хат жойылды|આ સંદેશ રદ્દ કરાયો|यह संदेश मिटाया गया|ushbu xabar o‘chirildi|to sporočilo je bilo izbrisano
یہ پیغام حذف کیا گیا|ujumbe huu ulifutwa|இத்தகவல் திரும்பப்பெறப்பட்டது|ข้อความนี้ได้ถูกลบ
ši žinutė buvo ištrinta|see sõnum on kustutatud|съобщението беше изтрито|এই বার্তাটি মুছে ফেলা হয়েছে
hierdie boodskap was uitgevee|bu ismarıc silindi|ഈ സന്ദേശം ഇല്ലാതാക്കിയതാണ്|оваа порака беше избришана
ಈ ಸಂದೇಶವು ಅಳಿಸಲ್ಪಟ್ಟಿದೆ|esta mensagem foi apagada pelo remetente|ова порука је обрисана|ਇਸ ਸੁਨੇਹੇ ਨੂੰ ਹਟਾਇਆ ਗਿਆ
διαγράψατε το μήνυμα|আপনি এই মেসেজটি বাদ দিয়েছেন|您已删除这条消息|آپ نے یہ میسج حذف کر دیا ہے|คุณได้ลบข้อความนี้
du har tagit bort meddelandet|túto správu ste odstránili|usunąłeś(-ęłaś) tę wiadomość
anda telah memadamkan mesej ini|तुम्ही हा मेसेज हटवला|삭제한 메시지입니다|ezt az üzenetet törölted
તમે આ મેસેજ ડિલીટ કર્યો|scrios tú an teachtaireacht seo|du har slettet denne besked|tuto zprávu jste smazal/a
has suprimit aquest missatge|binura mo itong mensahe|has esborrat aquest missatge|tuto zprávu jste odstranil/a
您删除这个信息|jūs izdzēsāt šo ziņu|आपण हा संदेश हटविलात|сіз бұл хатты жойдыңыз|તમે આ સંદેશને રદ્દ કર્યો
siz ushbu xabarni o‘chirdingiz|usunąłeś(aś) tę wiadomość|to sporočilo ste izbrisali|آپ نے اس پیغام کو حذف کیا
umefuta ujumbe huu|இத்தகவலை தாங்கள் அழித்தீர்கள்|jūs ištrynėte šią žinutę|kustutasid selle sõnumi
изтрихте това съобщение|আপনি এই বার্তাটি মুছে ফেলেছেন|jy het boodskap uitgevee|siz bu ismarıcı sildiniz
ഈ സന്ദേശം നിങ്ങൾ ഇല്ലാതാക്കി|ја избриша оваа порака|ನೀವು ಈ ಸಂದೇಶವನ್ನು ಅಳಿಸಿದ್ದೀರಿ|обрисао/ла си ову поруку
ਤੁਸੀਂ ਇਹ ਸੁਨੇਹਾ ਹਟਾਇਆ|أنت حذفت هذه الرسالة
"""

# Parts of the words for "was edited", "omitted" and "file attached".
_edited = re.compile(
    "edited|bearbeitet|editó|editad|modificat|modifié|bewerkt|изменен|изменён|отредактирован|змінен"
    "|відредагован|edytowan|düzenlendi|redigera|redigere|redigert|muokat|muokkas|uprav|szerkeszt|editat"
    "|επεξεργ|uređen|izmijen|تعديل|נערכה|ویرایش|संपादित|एडिट|बदला|diedit|chỉnh sửa|แก้ไข|编辑|編輯|編集|수정|편집"
)
_omitted = re.compile(
    "omitted|ausgeschlossen|weggelassen|omitid|ocult|omess|omis|retiré|absent|weggelaten|пропущен"
    "|без медиа|без медіа|исключен|pominięt|wykluczon|dahil edilmedi|atlandı|çıkarıl|hariç|utelämna"
    "|uteslut|utesluten|udelad|udeladt|utelat|utelatt|jätetty|poistettu|vynech|kihagy|mellőz|παραλείφ"
    "|παράλειψ|εξαιρ|izostav|استبعاد|محذوف|تم حذف الوسائط|הושמט|לא נכלל|رسانه|छोड़|हटाया|tidak disertakan"
    "|dikecualikan|bỏ qua|ไม่รวม|ละเว้น|省略|忽略|除外|생략|제외|ometid|omès|omesos|విస్మరించ|walang kalakip"
    "|含まれていません|εξαίρεσ|bez multivid|वगळ|қосылған жоқ|અવગણ|disingkirkan|मीडिया के बिना|yuborildi|pa media"
    "|izpuščen|چھوڑ|imerukwa|atlanmış|நீக்கப்ப|สื่อถูกลบ|حذف شد|praleist|uten vedlegg|ära jäetud|hiányzó"
    "|без файл|без фајл|বাদ দেওয়া|weggelaat|çıxarıl|ഒഴിവാക്ക|ಕೈಬಿಡ|não revelad|изостав|ਛੱਡਿਆ|הוסר"
)
_attached = re.compile(
    "aangeheg|əlavə olunub|прикачен|সংযুক্ত|જોડાયેલ|privitku|қосымша|ಸೇರಿಸಲಾಯಿತು|prisegta|pievienots|ചേർത്തു"
    "|ਅਟੈਚ|ngjitur|ambatanishwa|జోడించ|nakalakip|biriktirildi|attached|angehängt|adjunt|anexad|allegat|joint|bijgevoegd|добавлен|прикреплен|прикреплён|додано"
    "|dołączon|załącz|ekl[ie]|bifoga|vedhæft|vedlagt|liitet|přilož|pripojen|csatol|atașat|συνημμ|priložen"
    "|مرفق|מצורף|पیوست|संलग्न|अटैच|जोड़ी|terlampir|dilampirkan|đính kèm|แนบ|附件|附加|添付|첨부"
)
# How the notice begins that stands in front of every chat.
_encrypted = re.compile(
    "messages (?:and calls are|(?:you send )?to this (?:chat|group)(?: and calls)? are now secured)"
    "|nachrichten (?:und anrufe sind|in diesem chat|an diese gruppe).*ende-zu-ende"
    "|los mensajes y las llamadas están cifrad|los mensajes (?:y llamadas )?en este (?:chat|grupo)"
    "|as mensagens e (?:ligações|as? ?chamadas) (?:são|estão)"
    "|les messages et les appels sont chiffrés|les messages (?:envoyés|que vous envoyez) .*chiffr"
    "|i messaggi e le chiamate sono crittografat|berichten en (?:oproepen|gesprekken) zijn end-to-end"
    "|сообщения и звонки защищены|повідомлення та (?:дзвінки|виклики) захищен|wiadomości i połączenia są"
    "|mesajlar ve aramalar uçtan uca|meddelanden och samtal är|beskeder og opkald er|meldinger og anrop er"
    "|viestit ja puhelut|zprávy a hovory|správy a hovory|az üzenetek és (?:a )?hívások|mesajele și apelurile"
    "|τα μηνύματα και οι κλήσεις|pesan dan panggilan|mesej dan panggilan|tin nhắn và cuộc gọi|ההודעות והשיחות"
    "|الرسائل والمكالمات|پیام‌ها و تماس|संदेश और कॉल|मैसेज और कॉल|信息和通话|訊息和通話|メッセージと通話|메시지와 통화"
)
# The word for a group, as it stands in news of one.
_group = re.compile(
    r"gr(?:ou|u|ú)p|groep|qrup|guruh|групп|груп|skupin|csoport|ryhm|rühm|hóp|ομάδ|مجموع|קבוצ|گروه|گروپ|ग्रुप|ग्रूप|समूह|गट"
    "|ગ્રુપ|ગ્રૂપ|જૂથ|સમૂહ|গ্রুপ|গোষ্ঠী|ਗਰੁੱਪ|ਗਰੁਪ|ਸਮੂਹ|குழு|గ్రూప్|గుంపు|సమూహ|ಗುಂಪ|ಗ್ರೂಪ್|ಸಮೂಹ|ഗ്രൂപ്പ|සමූහ|කණ්ඩායම"
    "|กลุ่ม|nhóm|kumpulan|pangkat|kikundi|kundi|\bтоп|群|グループ|그룹"
)
_full_stops = ("", ".", "。", "।", "۔")
_phrases = re.split(r"[|\n]", _deleted.strip())
_deleted_forms = frozenset(f"{phrase}{end}".casefold() for phrase in _phrases for end in _full_stops)
_longest = max(map(len, _deleted_forms))


def is_deleted(text: str) -> bool:
    """Whether a whole message is what WhatsApp shows for a deleted one, also behind a direction mark."""
    text = text.lstrip("\u200e\u200f")
    return len(text) <= _longest and text.casefold() in _deleted_forms


def says_encrypted(text: str) -> bool:
    """Whether a text is WhatsApp's notice that a chat is encrypted."""
    return _encrypted.match(text.casefold()) is not None


def says_edited(words: str) -> bool:
    """Whether words in angle brackets at the end of a message say that it was edited."""
    return _edited.search(words.casefold()) is not None


def says_omitted(words: str) -> bool:
    """Whether words say that a file was left out of the export."""
    return _omitted.search(words.casefold()) is not None


def says_attached(words: str) -> bool:
    """Whether words in brackets behind a file's name say that it is attached."""
    return _attached.search(words.casefold()) is not None


def says_group(words: str) -> bool:
    """Whether news say that the chat is a group."""
    return _group.search(words.casefold()) is not None

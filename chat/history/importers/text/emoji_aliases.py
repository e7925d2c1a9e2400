"""Names of emoji in Slack and Rocket.Chat that the list of chat/text/emoji_names.py does not have, or has for another.

`-` in a name is `_` here. Families are not listed: shortcodes.py puts them together.
"""

_table = """
airplane_small 🛩️  anger_right 🗯️  archery 🏹  atom ⚛️  back_of_hand 🤚  bald_person 🧑‍🦲  barely_sunny 🌥️
basketball_player ⛹️  beach 🏖️  bellhop 🛎️  boxing_gloves 🥊  calendar_spiral 🗓️  call_me 🤙  card_box 🗃️  cartwheel 🤸
champagne_glass 🥂  check ✅  city_dusk 🌆  clinking_glass 🥂  clock 🕰️  cloud_lightning 🌩️  cloud_rain 🌧️
cloud_snow 🌨️  cloud_tornado 🌪️  clown 🤡  construction_site 🏗️  couch 🛋️  cowboy 🤠  cricket_bat_ball 🏏  cross ✝️
cruise_ship 🛳️  crying 😢  curly_haired_person 🧑‍🦱  desktop 🖥️  direct_hit 🎯  dividers 🗂️  drool 🤤
drum_with_drumsticks 🥁  egg 🥚  eject ⏏️  expecting_woman 🤰  face_palm 🤦  face_with_cowboy_hat 🤠
face_with_finger_covering_closed_lips 🤫  face_with_one_eyebrow_raised 🤨  face_with_open_mouth_vomiting 🤮
face_with_symbols_over_mouth 🤬  female_doctor 👩‍⚕️  fencer 🤺  fencing 🤺  fingers_crossed 🤞  first_place 🥇
first_place_medal 🥇  flag_black 🏴  flag_england 🏴󠁧󠁢󠁥󠁮󠁧󠁿  flag_scotland 🏴󠁧󠁢󠁳󠁣󠁴󠁿  flag_wales 🏴󠁧󠁢󠁷󠁬󠁳󠁿  flag_white 🏳️
flame 🔥  flan 🍮  fork_knife_plate 🍽️  frame_photo 🖼️  french_bread 🥖  frowning2 ☹️  gay_pride_flag 🏳️‍🌈
giraffe_face 🦒  goal 🥅  grandma 👵  grinning_face_with_one_large_and_one_small_eye 🤪  grinning_face_with_star_eyes 🤩
hammer_pick ⚒️  hand_splayed 🖐️  hand_with_index_and_middle_finger_crossed 🤞
hand_with_index_and_middle_fingers_crossed 🤞  handball 🤾  head_bandage 🤕  helmet_with_cross ⛑️  hockey 🏒  homes 🏘️
house_abandoned 🏚️  hugging 🤗  i_love_you_hand_sign 🤟  island 🏝️  juggler 🤹  juggling 🤹  karate_uniform 🥋  kayak 🛶
key2 🗝️  keycap_asterisk *️⃣  keycap_star *️⃣  kiwi 🥝  kiwifruit 🥝  knife_fork_plate 🍽️  ladybug 🐞  left_fist 🤛
levitate 🕴️  liar 🤥  lifter 🏋️  lightning 🌩️  lightning_cloud 🌩️  male_dancer 🕺  male_doctor 👨‍⚕️
man_and_woman_holding_hands 👫  man_curly_haired 👨‍🦱  man_getting_face_massage 💆‍♂️  man_red_haired 👨‍🦰
man_white_haired 👨‍🦳  man_with_beard 🧔‍♂️  man_with_bunny_ears_partying 👯‍♂️  man_with_chinese_cap 👲
man_wrestling 🤼‍♂️  mantlepiece_clock 🕰️  map 🗺️  mate_drink 🧉  medal 🎖️  men_with_bunny_ears_partying 👯‍♂️
microphone2 🎙️  milk 🥛  money_mouth 🤑  mostly_sunny 🌤️  mother_christmas 🤶  motorbike 🛵  motorboat 🛥️
mouse_three_button 🖱️  nerd 🤓  newspaper2 🗞️  next_track ⏭️  notepad_spiral 🗒️  octagonal_sign 🛑  oil 🛢️  paella 🥘
park 🏞️  partly_sunny_rain 🌦️  peace ☮️  pen_ballpoint 🖊️  pen_fountain 🖋️  people_with_bunny_ears_partying 👯
person_doing_cartwheel 🤸  person_with_headscarf 🧕  pistol 🔫  play_pause ⏯️  poo 💩  previous_track ⏮️  projector 📽️
pudding 🍮  question_mark ❓  race_car 🏎️  railroad_track 🛤️  rain_cloud 🌧️  red_haired_person 🧑‍🦰  rhino 🦏
right_fist 🤜  rolling_eyes 🙄  salad 🥗  satellite_orbital 🛰️  scooter 🛴  second_place 🥈  second_place_medal 🥈
serious_face_with_symbols_covering_mouth 🤬  shaking_hands 🤝  shelled_peanut 🥜  shocked_face_with_exploding_head 🤯
shopping_trolley 🛒  sick 🤢  simple_smile 🙂  skeleton 💀  skull_crossbones ☠️  slight_frown 🙁  slight_smile 🙂
slightly_frowning 🙁  smiling_face_with_3_hearts 🥰  smiling_face_with_smiling_eyes_and_hand_covering_mouth 🤭
sneeze 🤧  snow_cloud 🌨️  snowman2 ☃️  speech_left 🗨️  spock_hand 🖖  spy 🕵️  squeeze_bottle 🧴
staff_of_aesculapius ⚕️  stuffed_pita 🥙  sun_small_cloud 🌤️  table_tennis 🏓  the_horns 🤘  thermometer_face 🤒
third_place 🥉  third_place_medal 🥉  thumbdown 👎  thumbs_down 👎  thumbs_up 👍  thumbup 👍  thunder_cloud_rain ⛈️
timer ⏲️  tools 🛠️  tornado_cloud 🌪️  track_next ⏭️  track_previous ⏮️  umbrella2 ☂️  upside_down 🙃  urn ⚱️
vulcan 🖖  whisky 🥃  white_haired_person 🧑‍🦳  white_sun_cloud 🌥️  white_sun_rain_cloud 🌦️  white_sun_small_cloud 🌤️
wilted_rose 🥀  woman_curly_haired 👩‍🦱  woman_getting_face_massage 💆‍♀️  woman_red_haired 👩‍🦰  woman_white_haired 👩‍🦳
woman_with_beard 🧔‍♀️  woman_with_bunny_ears_partying 👯‍♀️  woman_wrestling 🤼‍♀️  womans_flat_shoe 🥿
women_with_bunny_ears_partying 👯‍♀️  worship_symbol 🛐  wrestlers 🤼  zebra_face 🦓  zipper_mouth 🤐
"""
OTHER_NAMES: dict[str, str] = dict(zip(*[iter(_table.split())] * 2, strict=True))

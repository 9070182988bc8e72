"""Characters that make up most of any Chinese text: the measure of "does this read as Chinese".

The 480 most frequent characters of Chinese news, in their simplified and their traditional form. They
cover about three quarters of the Han characters of an ordinary text, in either script, while bytes
read with the wrong code page land on rare characters (a few per cent are covered by chance).
"""

from __future__ import annotations

import re

COMMON = (
    "的一是在有不年人中国國了大为爲為上医醫时時生以发發出这這和品到家能用要个個者日公会會行对對来來成工市全"
    "就院作也业業可现現过過多高药藥于於下月民我新方分等部所动動天地病机機将將产產后後本前进進合提经經关關"
    "网網加自务務电電法体體最心重保表力期示费費感度果其及而性元报報通定都说說實实面间間次量应應主得长長因"
    "外与與开開内內局理还還同但手价價三食们們节節他明票司达達场場物员員区區好之安此台臺制製目消事小入资資"
    "点點门門意北名并並如化已查管流美道子建至运運标標相记記游遊春数數健或种種无無万萬平据據科常当當没沒起"
    "利情车車问問看很更检檢身疗療任持该該些众衆眾诊診格售卫衛收位然基题題包受总總学學政第从從计計展两兩"
    "代设設只比南京系接去少组組师師近服里裏裡今正规規各水被认認统統件省立商信调調使别別二导導由站告放口证證"
    "活改选選专專周文打患术術样樣需血热熱指质質交强強特称稱话話张張结結处處气氣式金评評息治回原做每眼影"
    "布再海研取增级級议議造求共注程单單较較降让讓低护護未斯超么麼显顯解路免十效易直传傳类類步营營约約"
    "支农農花型确確责責社均见見企究股销銷考完项項向率零山推值预預联聯监監准準微验驗火容况況除"
    "己女几幾续續权權极極华華防东東购購举舉参參客先知才则則头頭爆非视視友源空给給养養片引升线線采採想急"
    "双雙供干幹着著邮郵备備环環功白变變团團店俄致状狀办辦广廣疫那债債亿億即领領何清份克集首例铁鐵难難往"
    "投四施快整五西球深严嚴订訂临臨又住技且像案际際限观觀创創便老请請诉訴竹队隊构"
    "構转轉岁歲另条條存港失买買带帶职職协協吸否讯訊号號伤傷色劳勞"
)

_COMMON_RUN = re.compile(f"[{COMMON}]+")
_HAN_RUN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")


def common_share(text: str) -> tuple[float, int]:
    """Share (0..1) of common characters among the Han characters of ``text``, and their number."""
    han = sum(map(len, _HAN_RUN.findall(text)))
    if not han:
        return 0.0, 0
    return sum(map(len, _COMMON_RUN.findall(text))) / han, han

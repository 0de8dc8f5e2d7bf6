"""Derive cities.tsv: which clock the cities of the world go by, and what they are called.

Usage: python -m handlers.derive_cities

The zones' own cities and their names come from the locale data that Babel carries; the cities and
countries that share another one's clock are listed below.
"""

from __future__ import annotations

from pathlib import Path
from zoneinfo import available_timezones

from babel import Locale

TSV = Path(__file__).with_name("cities.tsv")

_MODERN = {  # what the locale data still calls by its old name
    "America/Godthab": "America/Nuuk",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Asia/Saigon": "Asia/Ho_Chi_Minh",
    "Europe/Kiev": "Europe/Kyiv",
}

# zone; what it is called in English, Korean, simplified and traditional Chinese, "|" between spellings
_MORE = """
Asia/Seoul; Korea|South Korea|KST; 한국|대한민국; 韩国; 韓國
Asia/Seoul; Busan|Pusan; 부산; 釜山; 釜山
Asia/Seoul; Incheon; 인천; 仁川; 仁川
Asia/Seoul; Daejeon; 대전; 大田; 大田
Asia/Seoul; Jeju; 제주; 济州; 濟州
Asia/Seoul; Pangyo; 판교; 板桥; 板橋
Asia/Shanghai; China; 중국; 中国; 中國
Asia/Shanghai; Beijing|Peking; 베이징|북경; 北京; 北京
Asia/Shanghai; Shenzhen; 선전|심천; 深圳; 深圳
Asia/Shanghai; Hangzhou; 항저우; 杭州; 杭州
Asia/Shanghai; Guangzhou|Canton; 광저우; 广州; 廣州
Asia/Shanghai; Chengdu; 청두; 成都; 成都
Asia/Shanghai; Nanjing; 난징; 南京; 南京
Asia/Shanghai; Wuhan; 우한; 武汉; 武漢
Asia/Shanghai; Xi'an|Xian; 시안; 西安; 西安
Asia/Shanghai; Chongqing; 충칭; 重庆; 重慶
Asia/Shanghai; Qingdao; 칭다오; 青岛; 青島
Asia/Hong_Kong; HKT|Hongkong; 홍콩; 香港; 香港
Asia/Taipei; Taiwan; 대만|타이완|타이베이; 台湾|台北; 臺灣|台灣|臺北|台北
Asia/Tokyo; Japan|JST; 일본|동경; 日本; 日本
Asia/Tokyo; Osaka; 오사카; 大阪; 大阪
Asia/Singapore; SGT; 싱가폴; 星加坡; 星加坡
Asia/Ho_Chi_Minh; Ho Chi Minh City|Saigon; 호찌민|호치민; 胡志明市; 胡志明市
Asia/Ho_Chi_Minh; Hanoi|Vietnam; 하노이|베트남; 河内|越南; 河內|越南
Asia/Bangkok; Thailand; 태국; 泰国; 泰國
Asia/Kolkata; Calcutta|India; 콜카타|인도; 加尔各答|印度; 加爾各答|印度
Asia/Kolkata; Mumbai|Bombay; 뭄바이; 孟买; 孟買
Asia/Kolkata; Delhi|New Delhi; 델리|뉴델리; 德里|新德里; 德里|新德里
Asia/Kolkata; Bangalore|Bengaluru; 벵갈루루; 班加罗尔; 班加羅爾
Asia/Dubai; Abu Dhabi|UAE; 아부다비; 阿布扎比; 阿布達比
Europe/London; UK|Britain|England; 영국|맨체스터; 英国|曼彻斯特; 英國|曼徹斯特
Europe/Berlin; Germany; 독일; 德国; 德國
Europe/Berlin; Munich|München; 뮌헨; 慕尼黑; 慕尼黑
Europe/Berlin; Frankfurt; 프랑크푸르트; 法兰克福; 法蘭克福
Europe/Berlin; Hamburg; 함부르크; 汉堡; 漢堡
Europe/Paris; France; 프랑스; 法国; 法國
Europe/Madrid; Barcelona|Spain; 바르셀로나|스페인; 巴塞罗那|西班牙; 巴塞隆納|西班牙
Europe/Rome; Milan|Italy; 밀라노|이탈리아; 米兰|意大利; 米蘭|義大利
Europe/Zurich; Geneva|Switzerland; 제네바|스위스; 日内瓦|瑞士; 日內瓦|瑞士
Europe/Kyiv; Kiev; 키이우|키예프; 基辅; 基輔
America/New_York; Boston; 보스턴; 波士顿; 波士頓
America/New_York; Washington|Washington DC; 워싱턴; 华盛顿; 華盛頓
America/New_York; Atlanta; 애틀랜타; 亚特兰大; 亞特蘭大
America/New_York; Miami; 마이애미; 迈阿密; 邁阿密
America/Chicago; Houston; 휴스턴; 休斯敦; 休斯頓
America/Chicago; Dallas|Austin; 댈러스|오스틴; 达拉斯|奥斯汀; 達拉斯|奧斯汀
America/Los_Angeles; LA; 엘에이|로스앤젤레스; 洛杉矶; 洛杉磯
America/Los_Angeles; San Francisco|SF; 샌프란시스코; 旧金山|三藩市; 舊金山|三藩市
America/Los_Angeles; San Jose|Silicon Valley; 새너제이|실리콘밸리; 圣何塞|硅谷; 聖荷西|矽谷
America/Los_Angeles; Seattle; 시애틀; 西雅图; 西雅圖
America/Los_Angeles; Las Vegas|San Diego; 라스베이거스|샌디에이고; 拉斯维加斯|圣迭戈; 拉斯維加斯|聖地牙哥
America/Toronto; Montreal|Ottawa; 몬트리올|오타와; 蒙特利尔|渥太华; 蒙特婁|渥太華
America/Sao_Paulo; Rio de Janeiro|Brazil; 리우데자네이루|브라질; 里约热内卢|巴西; 里約熱內盧|巴西
Australia/Sydney; Canberra; 캔버라; 悉尼|堪培拉; 雪梨|坎培拉
Europe/Istanbul; Turkey; 터키|튀르키예; 土耳其; 土耳其
"""


def rows() -> list[tuple[str, ...]]:
    """(zone, English, Korean, simplified, traditional), the zones' own cities first, in order."""
    locales = [Locale.parse(name) for name in ("en", "ko", "zh_Hans", "zh_Hant")]
    found: list[tuple[str, ...]] = []
    for zone in sorted(available_timezones()):
        named = [(locale.time_zones.get(zone) or {}).get("city", "") for locale in locales]
        if "/" in zone and not zone.startswith("Etc/") and named[1]:
            english = named[0] or zone.rpartition("/")[2].replace("_", " ")
            found.append((_MODERN.get(zone, zone), english, *named[1:]))
    more = [tuple(cell.strip() for cell in row.split(";")) for row in _MORE.strip().splitlines()]
    return found + more


def main() -> None:
    lines = ["zone\tenglish\tkorean\tsimplified\ttraditional"]
    lines += ["\t".join(row) for row in rows()]
    TSV.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

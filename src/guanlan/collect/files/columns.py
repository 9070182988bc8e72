"""Which column means what, by its name, in Chinese and English.

Columns that name or reach a private person are never read (domain rule L-2): ``is_personal`` says
which, and no mapping brings them back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

from guanlan.collect.files.model import CONTENT_FIELDS, Field

#: Names for each field, the surest first: where two columns fit one field the earlier name wins.
_NAMES: tuple[tuple[Field, str], ...] = (
    (Field.HTML, "html rawhtml pagehtml 网页源码 网页内容 页面源码"),
    (Field.TITLE, "标题 题目 诉求标题 工单标题 信件标题 事件标题 文章标题 新闻标题 帖子标题 信息标题 主题"),
    (Field.TITLE, "来信主题 诉求主题 title headline subject"),
    (Field.BODY, "正文 诉求内容 反映内容 来电内容 来信内容 信件内容 工单内容 问题描述 诉求描述 投诉内容"),
    (Field.BODY, "举报内容 留言内容 留言详情 文章内容 新闻内容 帖子内容 微博正文 微博内容 信息内容"),
    (Field.BODY, "事件描述 事件内容 正文内容 全文 内容 详情 内容摘要 摘要 诉求摘要 内容概要 概要 评论内容"),
    (Field.BODY, "文本 body text content fulltext articlebody message comment review description summary"),
    (Field.BODY, "abstract"),
    (Field.URL, "链接 网址 原文链接 原文网址 链接地址 文章链接 文章地址 原文地址 网页地址 网页链接"),
    (Field.URL, "信息链接 帖子链接 微博链接 地址链接 网站地址 来源链接 url link href permalink sourceurl"),
    (Field.URL, "pageurl articleurl 原文url"),
    (Field.PUBLISHED_AT, "发布时间 发表时间 发布日期 发表日期 发帖时间 发文时间 留言时间 来电时间"),
    (Field.PUBLISHED_AT, "来信时间 反映时间 诉求时间 受理时间 受理日期 登记时间 创建时间 提交时间"),
    (Field.PUBLISHED_AT, "工单创建时间 报告时间 时间 日期 publishedat published publishtime publishdate"),
    (Field.PUBLISHED_AT, "pubdate pubtime postedat createdat datetime time date timestamp"),
    (Field.ORIGIN, "来源 信息来源 来源网站 来源媒体 媒体 媒体名称 媒体来源 网站名称 网站 站点 平台"),
    (Field.ORIGIN, "平台名称 发布平台 渠道 来源渠道 诉求来源 诉求渠道 工单来源 来件渠道 信源 载体 source"),
    (Field.ORIGIN, "origin site sitename platform channel media publisher"),
    (Field.AUTHOR, "作者 作者名称 昵称 用户昵称 发布人 发布者 发帖人 发文账号 博主 账号 账号名称 帐号"),
    (Field.AUTHOR, "用户名 记者 author byline nickname screenname username creator"),
    (Field.UNIT, "承办单位 主办单位 责任单位 办理单位 处理单位 承办部门 责任部门 受理单位 涉事单位"),
    (Field.UNIT, "涉及单位 单位 部门 unit department agency"),
    (Field.NUMBER, "工单编号 工单号 编号 受理编号 诉求编号 信件编号 信息编号 留言编号 流水号 单号 id"),
    (Field.NUMBER, "docid itemid number no"),
    (Field.REPOSTS, "转发数 转发量 转发 转载数 转载量 reposts repostcount repostscount shares sharecount"),
    (Field.REPOSTS, "forwards"),
    (Field.COMMENTS, "评论数 评论量 跟帖数 回帖数 回复数 comments commentcount commentscount replies"),
    (Field.LIKES, "点赞数 点赞量 点赞 获赞数 likes likecount attitudescount"),
    (Field.READS, "阅读数 阅读量 浏览量 浏览数 点击数 点击量 播放量 reads readcount views viewcount pv"),
)

#: A column that ends like this is that field, when no surer column was found.
_ENDINGS: tuple[tuple[Field, re.Pattern[str]], ...] = (
    (Field.TITLE, re.compile(r"(?:标题|题目|主题)$|title$")),
    (Field.BODY, re.compile(r"(?<!回复)(?<!答复)(?<!办理)(?<!处理)(?<!批示)(?<!整改)(?:内容|正文|描述)$")),
    (Field.URL, re.compile(r"(?:链接|网址|url)$")),
    (Field.PUBLISHED_AT, re.compile(r"(?:发布|发表|来电|来信|受理|登记)(?:时间|日期)$")),
    (Field.UNIT, re.compile(r"(?:承办|责任|主办)(?:单位|部门)$")),
)

_PERSONAL_ZH = re.compile(
    r"姓名|电话|手机|身份证|证件|住址|家庭地址|联系地址|户籍|户口|通讯地址|通信地址|居住地|居住地址|常住地址|门牌|"
    r"联系方式|联系人|微信号|微信|qq号?|邮箱|电子邮件|来电号码|主叫|被叫|银行卡|车牌|出生|生日|年龄|性别|民族|"
    r"经度|纬度|坐标|ip地址|人脸|照片|病历|粉丝列表|关注列表|"
    r"^(?:来电人|来电者|来信人|来访人|诉求人|反映人|投诉人|举报人|申请人|当事人|信访人|市民|群众|网民|写信人|留言人|地址|号码|称呼)"
    r"(?:名称|地址|号码|信息|类型|id)?$"
)
_PERSONAL_EN = re.compile(
    r"^(?:(?:user|caller|customer|contact|full|first|last|real|sender|home|my|the)*"
    r"(?:name|phone|phoneno|phonenumber|mobile|mobileno|mobilephone|telephone|tel|telno|cell|cellphone|email|mail|"
    r"mailbox|address|addr|idcard|idcardno|idno|idnumber|identity|passport|wechat|weixin|wechatid|qq|qqno|gender|sex|"
    r"age|birthday|birthdate|birth|dob|ip|ipaddress|latitude|longitude|lat|lng|lon|geo|avatar|followers|followerlist))$"
)
#: Longer texts are no names of columns.
LONGEST_HEADER = 200

_MARKS = re.compile(r"[\s_\-*:：.。、/\\]+|\([^)]*\)|\[[^\]]*\]|【[^】]*】")


def plain(header: str) -> str:
    """A header as it is compared: ``*时间(必填)`` is ``时间``, ``Published_At`` is ``publishedat``."""
    return _MARKS.sub("", unicodedata.normalize("NFKC", header[:LONGEST_HEADER])).lower().strip("\ufeff")


_RANK: Mapping[str, tuple[Field, int]] = {
    plain(name): (field, rank)
    for rank, (field, name) in enumerate((field, name) for field, names in _NAMES for name in names.split())
}


def is_personal(header: str) -> bool:
    """True for a column that names or reaches a private person: name, phone, ID, home address and such."""
    return _is_personal(header[:LONGEST_HEADER])


@lru_cache(maxsize=4096)
def _is_personal(header: str) -> bool:
    """Asked for every value of every row: the answers for a file's few names are kept."""
    name = plain(header)
    if name in _RANK:
        return False
    return bool(_PERSONAL_ZH.search(name) or _PERSONAL_EN.match(name))


def propose_mapping(headers: Iterable[str]) -> Mapping[str, str]:
    """Header to Field value for every header whose meaning is known.

    Each field is given once. Headers that are left out are kept as they are in ``extra``, save
    those that ``is_personal`` refuses.
    """
    headers = list(headers)
    best: dict[Field, tuple[int, str]] = {}
    for header in headers:
        known = _RANK.get(plain(header))
        if known and (known[0] not in best or known[1] < best[known[0]][0]):
            best[known[0]] = (known[1], header)
    for field, ending in _ENDINGS:
        if field not in best:
            taken = {header for _, header in best.values()}
            fitting = [one for one in headers if one not in taken and _ends(one, ending)]
            if fitting:
                best[field] = (0, fitting[0])
    found = {header: field for field, (_, header) in best.items()}
    return {header: found[header].value for header in headers if header in found}


def _ends(header: str, ending: re.Pattern[str]) -> bool:
    return bool(ending.search(plain(header))) and not is_personal(header) and plain(header) not in _RANK


def effective_mapping(headers: Sequence[str], chosen: Mapping[str, str]) -> Mapping[str, str]:
    """The proposal with a person's choice over it; personal columns and ignored ones left out."""
    allowed = {field.value for field in Field}
    own = {header: chosen[header] for header in headers if chosen.get(header) in allowed}
    taken = set(own.values())
    merged = {
        header: field
        for header, field in propose_mapping(headers).items()
        if header not in own and field not in taken
    }
    merged.update(own)
    return {header: merged[header] for header in headers if header in merged and not is_personal(header)}


def usable(mapping: Mapping[str, str]) -> bool:
    """True when at least one column can be read as a title, a text, a page or a link."""
    return any(field in CONTENT_FIELDS for field in mapping.values())


def distinct(headers: Sequence[str]) -> tuple[list[str], bool]:
    """Headers made different: the first keeps its name, the next is ``name (2)``. Tells if any was not."""
    seen: dict[str, int] = {}
    result = []
    for header in headers:
        seen[header] = seen.get(header, 0) + 1
        result.append(header if seen[header] == 1 or not header else f"{header} ({seen[header]})")
    return result, any(count > 1 for header, count in seen.items() if header)

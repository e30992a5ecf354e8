import pytest

from twin.privacy.official import is_official


@pytest.mark.parametrize(
    ("platform", "external_id", "name"),
    [
        ("wechat", "gh_22b87fa7cb3c", "某某银行"),
        ("wechat", "weixin", "x"),
        ("wechat", "notifymessage", "x"),
        ("wechat", "fmessage", "x"),
        ("wechat", "medianote", "x"),
        ("wechat", "newsapp", "x"),
        ("wechat", "filehelper", "x"),
        ("wechat", "@5d41402abc4b2a76", "微信团队"),
        ("qq", "10000", "x"),
        ("qq", "2854196310", "x"),
        ("qq", "3889000001", "x"),
        ("qq", "u_abc", "Q群管家"),
        ("telegram", "777000", "Telegram"),
        ("telegram", "4321", "BotFather"),
        ("telegram", "4321", "Weather Bot"),
        ("telegram", "4321", "WeatherBot"),
        ("telegram", "4321", "weather_bot"),
        ("telegram", "@gamesbot", "Games"),
        ("whatsapp", "0@s.whatsapp.net", "x"),
        ("whatsapp", "Meta AI", "Meta AI"),
        ("imessage", "22395", "22395"),
        ("imessage", "+8610086", "+8610086"),
        ("imessage", "1069012345678", "x"),
        ("imessage", "95588", "x"),
        ("line", "LINE", "LINE"),
        ("discord", "1", "MEE6"),
    ],
)
def test_nobodys_friend(platform: str, external_id: str, name: str) -> None:
    assert is_official(platform, external_id, name)


@pytest.mark.parametrize(
    ("platform", "external_id", "name"),
    [
        ("wechat", "wxid_abc", "小王"),
        ("wechat", "wxid_abc", "gh_小王"),
        ("wechat", "wxid_abc", "微信团队的小王"),
        ("wechat", "25984983@openim", "小李"),
        ("qq", "12345", "小王"),
        ("qq", "2854300000", "小王"),
        ("qq", "9" * 5000, "小王"),
        ("telegram", "4321", "John Talbot"),
        ("telegram", "4321", "Abbot"),
        ("telegram", "4321", "Botond"),
        ("telegram", "8777000", "Ann"),
        ("whatsapp", "4915112345678@s.whatsapp.net", "Ann"),
        ("imessage", "+15551234567", "Ann"),
        ("imessage", "13800138000", "小王"),
        ("imessage", "ann@example.com", "Ann"),
        ("import", "10000", "Weather Bot"),
        ("web", "weixin", "Ann"),
    ],
)
def test_people(platform: str, external_id: str, name: str) -> None:
    assert not is_official(platform, external_id, name)

using Microsoft.AspNetCore.Http;
using Slipway.Server.Platform.Languages;

namespace Slipway.Server.Tests.Platform.Languages;

public sealed class RequestLanguageTests
{
    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("*", true)]
    [InlineData("zh", true)]
    [InlineData("zh-CN,zh;q=0.9,en;q=0.8", true)]
    [InlineData("en", false)]
    [InlineData("en-US,en;q=0.9,zh;q=0.8", false)]
    [InlineData("zh;q=0.1, en;q=0.2", false)]
    [InlineData("zh;q=0, en", false)]
    [InlineData("fr, zh;q=0.5", true)]
    [InlineData("fr", false)]
    [InlineData("zhx", false)]
    public void Chinese_is_spoken_unless_the_client_prefers_english(string? header, bool isChinese)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.AcceptLanguage = header;

        Assert.Equal(isChinese, RequestLanguage.IsChinese(context.Request));
    }
}

using System.Net;
using System.Net.Http.Headers;
using System.Text.RegularExpressions;
using Slipway.Server.Tests.House;

namespace Slipway.Server.Tests.Features.TestPage;

/// <summary>The page's files, as they stand in the folder and as they are sent.</summary>
public sealed partial class PageFilesTests
{
    private const string Folder = "src/Slipway.Server/Features/TestPage/page";

    public static TheoryData<string, string> Sent() => new()
    {
        { "/", "text/html" },
        { "/test", "text/html" },
        { "/test/app.js", "text/javascript" },
        { "/test/texts.zh.js", "text/javascript" },
        { "/test/test.css", "text/css" },
    };

    [Theory]
    [MemberData(nameof(Sent))]
    public async Task A_file_is_sent_with_its_type_and_may_do_nothing_but_call_servers(string path, string type)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

        using var answer = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal((HttpStatusCode.OK, type), (answer.StatusCode, answer.Content.Headers.ContentType?.MediaType));
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; img-src data:; ", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Sent))]
    public async Task A_file_that_is_known_is_not_sent_again(string path, string type)
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });
        using var first = await server.Http.GetAsync(path, TestContext.Current.CancellationToken);
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        using var second = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(type, first.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal(new CacheControlHeaderValue { NoCache = true }, second.Headers.CacheControl);
    }

    [Fact]
    public async Task The_page_names_the_version_and_leads_to_the_documents()
    {
        await using var server = await RunningServer.StartAsync(new ServerOptions { Model = ServerOptions.NoModel });

        var page = await server.Http.GetStringAsync("/", TestContext.Current.CancellationToken);

        Assert.Contains($"<p>Slipway {ServerVersion.Text}</p>", page, StringComparison.Ordinal);
        foreach (var link in new[] { "docs", "redoc", "health", "openapi/v1.json" })
        {
            Assert.Contains($"href=\"{link}\"", page, StringComparison.Ordinal);
            using var target = await server.Http.GetAsync(link, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, target.StatusCode);
        }
    }

    [Fact]
    public void Both_languages_have_the_same_texts_with_the_same_gaps()
    {
        Assert.Equal(Texts("en").Keys, Texts("zh").Keys);
        Assert.All(Texts("en"), text => Assert.Equal(Gaps(text.Value), Gaps(Texts("zh")[text.Key])));
    }

    [Fact]
    public void Every_text_that_is_named_exists()
    {
        var named = Files("*.html").SelectMany(file => InMarkup().Matches(file))
            .Concat(Files("*.js").SelectMany(file => InScript().Matches(file))).Select(match => match.Groups[1].Value).Distinct().ToList();

        Assert.True(named.Count > 40);
        Assert.Empty(named.Except(Texts("en").Keys));
    }

    [Fact]
    public void No_script_makes_markup_of_texts()
    {
        Assert.All(Files("*.js"), file => Assert.DoesNotMatch(@"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setTimeout\('", file));
    }

    [Fact]
    public void Nothing_is_fetched_from_elsewhere()
    {
        Assert.All(Files("*.html").Concat(Files("*.css")), file => Assert.DoesNotMatch("""(src|href)="(https?:)?//|url\((?!data:)|@import""", file));
        Assert.All(Files("*.js"), file => Assert.DoesNotMatch(@"from '(?!\./)", file));
    }

    private static IEnumerable<string> Files(string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Sources.Root, Folder), pattern).Select(File.ReadAllText);

    private static SortedDictionary<string, string> Texts(string language) => new(
        Text().Matches(Sources.Read($"{Folder}/texts.{language}.js")).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value),
        StringComparer.Ordinal);

    private static IEnumerable<string> Gaps(string text) => Gap().Matches(text).Select(match => match.Value).Distinct().Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^  '([^']+)': '(.*)',$", RegexOptions.Multiline)]
    private static partial Regex Text();

    [GeneratedRegex(@"\{\d\}")]
    private static partial Regex Gap();

    [GeneratedRegex("data-(?:text|label|hint)=\"([^\"]+)\"")]
    private static partial Regex InMarkup();

    [GeneratedRegex(@"(?<![#.\w])(?:show\([^;]*?, |say\()'([^']+)'")]
    private static partial Regex InScript();
}

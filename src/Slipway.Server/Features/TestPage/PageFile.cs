using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.Net.Http.Headers;

namespace Slipway.Server.Features.TestPage;

/// <summary>One file of the page, as it is sent.</summary>
internal sealed class PageFile
{
    public const string Page = "test.html";

    private const string Folder = "testpage/";
    private const string VersionMark = "{{version}}";

    // The page calls whatever server its reader names, and is nothing but its own files. No text ever becomes markup in it:
    // browsers that know trusted types refuse it.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src *; img-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    private readonly byte[] _content;
    private readonly string _mediaType;
    // Changes with the content.
    private readonly EntityTagHeaderValue _tag;

    private PageFile(string name, byte[] content)
    {
        (Name, _content) = (name, content);
        _mediaType = Path.GetExtension(name) switch
        {
            ".html" => "text/html; charset=utf-8",
            ".css" => "text/css; charset=utf-8",
            _ => "text/javascript; charset=utf-8",
        };
        _tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content).AsSpan(0, 12))}\"");
    }

    public string Name { get; }

    /// <summary>All of them, by name.</summary>
    public static IReadOnlyDictionary<string, PageFile> All() => Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(resource => resource.StartsWith(Folder, StringComparison.Ordinal))
        .Select(resource => new PageFile(resource[Folder.Length..], Read(resource)))
        .ToDictionary(file => file.Name, StringComparer.Ordinal);

    public Task SendAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        // Asked for anew each time, and sent anew only when it changed: after an update nobody sees half of each.
        headers.CacheControl = "no-cache";
        return TypedResults.Bytes(_content, _mediaType, entityTag: _tag).ExecuteAsync(context);
    }

    private static byte[] Read(string resource)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(resource)!, Encoding.UTF8);
        return Encoding.UTF8.GetBytes(reader.ReadToEnd().Replace(VersionMark, HtmlEncoder.Default.Encode(ServerVersion.Text), StringComparison.Ordinal));
    }
}

using Slipway.Server.Platform.Auth;

namespace Slipway.Server.Features.TestPage;

/// <summary>The page on which people try the model deployer. Plain HTML, styles and scripts that this process carries; it fetches nothing else.</summary>
internal static class TestPageFeature
{
    private static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    public static void MapTestPage(this IEndpointRouteBuilder endpoints)
    {
        var files = PageFile.All();
        var page = endpoints.MapGroup("").WithTags("Model deployer").NeedsNoKey();
        page.MapMethods("/", Methods, context => Send(context, files[PageFile.Page])).ExcludeFromDescription();
        page.MapMethods("/test", Methods, context => Send(context, files[PageFile.Page])).ExcludeFromDescription();
        foreach (var file in files.Values.Where(file => file.Name != PageFile.Page))
        {
            page.MapMethods($"/test/{file.Name}", Methods, context => Send(context, file)).ExcludeFromDescription();
        }
    }

    private static Task Send(HttpContext context, PageFile file)
    {
        var path = context.Request.Path.Value!;
        return path.Length > 1 && path.EndsWith('/')
            // What the page names stands relative to it, so that it works behind a proxy that puts a path in front.
            ? TypedResults.Redirect($"../{path.Trim('/').Split('/')[^1]}").ExecuteAsync(context)
            : file.SendAsync(context);
    }
}

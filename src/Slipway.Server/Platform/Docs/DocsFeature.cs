using Slipway.Server.Platform.Auth;
using Swashbuckle.AspNetCore.ReDoc;

namespace Slipway.Server.Platform.Docs;

/// <summary>The API document and its two readers; all of it comes from this process.</summary>
internal static class DocsFeature
{
    private const string Document = "/openapi/v1.json";

    // ReDoc's bundle asks an outside server for its logo. Nothing leaves this page.
    private const string StayHome =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self' data:; worker-src 'self' blob:";

    public static void AddDocs(this IServiceCollection services) =>
        services.AddOpenApi("v1", openApi => openApi.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Slipway";
            document.Info.Description = "Builds, launches and serves language models.";
            document.Info.Version = ServerVersion.Text;
            document.Servers = [new() { Url = "/" }];
            return Task.CompletedTask;
        }));

    public static void MapDocs(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json").NeedsNoKey();
        app.UseWhen(IsReader, branch => branch.Use((context, next) =>
        {
            context.Response.Headers.ContentSecurityPolicy = StayHome;
            return next(context);
        }));
        app.UseSwaggerUI(ui =>
        {
            ui.RoutePrefix = "docs";
            ui.DocumentTitle = "Slipway";
            ui.SwaggerEndpoint(Document, "Slipway v1");
        });
        app.UseReDoc(Configure);
    }

    private static bool IsReader(HttpContext context) =>
        context.Request.Path.StartsWithSegments("/docs") || context.Request.Path.StartsWithSegments("/redoc");

    private static void Configure(ReDocOptions ui)
    {
        ui.RoutePrefix = "redoc";
        ui.DocumentTitle = "Slipway";
        ui.SpecUrl = Document;
        ui.IndexStream = () => typeof(DocsFeature).Assembly.GetManifestResourceStream("redoc.html")!;
    }
}

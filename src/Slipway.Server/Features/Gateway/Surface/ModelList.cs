using System.Buffers;
using System.Text.Json;
using Slipway.Client;
using Slipway.Server.Features.Gateway.Errors;
using Slipway.Server.Features.Gateway.Routing;

namespace Slipway.Server.Features.Gateway.Surface;

/// <summary>GET /v1/models and /v1/models/{id}: the names that this caller may use.</summary>
internal sealed class ModelList(ICallGate gate, RouteTable routes, TimeProvider clock)
{
    // A model that comes and goes was made, as far as its clients can know, when this server came up.
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();

    /// <param name="context">Of the request.</param>
    /// <param name="id">The one to tell of; null for all.</param>
    public async Task HandleAsync(HttpContext context, string? id)
    {
        try
        {
            var caller = await gate.AuthenticateAsync(context, context.RequestAborted);
            var json = id is null ? All(caller) : One(caller, id);
            context.Response.ContentType = "application/json";
            context.Response.ContentLength = json.WrittenCount;
            if (!HttpMethods.IsHead(context.Request.Method))
            {
                await context.Response.BodyWriter.WriteAsync(json.WrittenMemory);
            }
        }
        catch (OpenAiException exception)
        {
            await ErrorAnswer.WriteAsync(context, exception.Error);
        }
    }

    private ArrayBufferWriter<byte> All(Caller caller)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WireText.Encoder });
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        foreach (var name in routes.Names.Where(caller.MaySee))
        {
            Write(json, name);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer;
    }

    private ArrayBufferWriter<byte> One(Caller caller, string id)
    {
        if (!caller.MaySee(id) || routes.Find(id) is null)
        {
            throw new OpenAiException(NearMiss.NotFound(id, routes.Names.Where(caller.MaySee)));
        }

        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = WireText.Encoder });
        Write(json, id);
        json.Flush();
        return buffer;
    }

    private void Write(Utf8JsonWriter json, string name)
    {
        json.WriteStartObject();
        json.WriteString("id"u8, name);
        json.WriteString("object"u8, "model"u8);
        json.WriteNumber("created"u8, (routes.Configured.TryGetValue(name, out var route) ? route.MadeAt : _startedAt).ToUnixTimeSeconds());
        json.WriteString("owned_by"u8, "slipway"u8);
        json.WriteEndObject();
    }
}

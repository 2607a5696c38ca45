using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Slipway.Client.TrainingConfigs;
using Slipway.Server.Features.TrainingConfigs.Yaml;
using Slipway.Server.Platform.Errors;
using Slipway.Server.Platform.Validation;
using Slipway.Server.Platform.Yaml;

namespace Slipway.Server.Features.TrainingConfigs;

/// <summary>PUT: a file becomes the latest version of a name, if a training could be run with it.</summary>
internal static partial class PutTrainConfig
{
    public static void Map(IEndpointRouteBuilder configs)
    {
        Describe(configs.MapPut("/v1/train-config", HandleSlot)).WithSummary("Uploads the configuration of the single slot, which is the one named 'default'");
        Describe(configs.MapPut("/v1/train-configs/{name}", Handle)).WithSummary("Uploads a configuration: the next version of this name");
    }

    internal static Task<IResult> HandleSlot(HttpRequest request, ConfigStore store, TimeProvider clock, CancellationToken cancellationToken) =>
        Handle(TrainingConfigsFeature.Slot, request, store, clock, cancellationToken);

    internal static async Task<IResult> Handle(
        string name, HttpRequest request, ConfigStore store, TimeProvider clock, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(name))
        {
            return ErrorResult.BadRequest("This is no name for a training configuration; accepted are 1 to 128 of the characters A-Z a-z 0-9 . _ -");
        }
        var (upload, refusal) = await ConfigUpload.ReadAsync(request, cancellationToken);
        if (upload is null)
        {
            return refusal!;
        }
        var found = TrainingYaml.Check(upload.Bytes);
        if (!found.IsUsable)
        {
            return new FaultsResult([.. found.Faults.Select(AsFault)]);
        }
        var row = new ConfigRow
        {
            Id = Guid.NewGuid().ToString(),
            Name = name,
            Filename = upload.Filename,
            Size = upload.Bytes.Length,
            Sha256 = Convert.ToHexStringLower(SHA256.HashData(upload.Bytes)),
            Warnings = JsonSerializer.Serialize(found.Warnings),
            UploadedAt = clock.GetUtcNow().ToUnixTimeMilliseconds(),
        };
        var added = await store.AddAsync(row, Encoding.UTF8.GetString(upload.Bytes), cancellationToken);
        return TypedResults.Ok(new UploadedTrainConfig(added.ToView()));
    }

    private static Fault AsFault(YamlFault fault) =>
        new(BodyPath.Body.Then("file").Then(fault.Place.Line).Then(fault.Place.Column).ToList(), fault.Sentence, fault.Type);

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint
        .Produces<UploadedTrainConfig>().Produces<ErrorBody>(StatusCodes.Status400BadRequest).Produces<ErrorBody>(StatusCodes.Status413PayloadTooLarge)
        .Produces<ErrorBody>(StatusCodes.Status415UnsupportedMediaType).Produces<FaultsBody>(StatusCodes.Status422UnprocessableEntity)
        .AddOpenApiOperationTransformer((operation, _, _) =>
        {
            var form = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Required = new HashSet<string> { "file" },
                Properties = new Dictionary<string, IOpenApiSchema> { ["file"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" } },
            };
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["multipart/form-data"] = new() { Schema = form } },
            };
            return Task.CompletedTask;
        });

    [GeneratedRegex(@"\A[A-Za-z0-9._-]{1,128}\z")]
    private static partial Regex Name();
}

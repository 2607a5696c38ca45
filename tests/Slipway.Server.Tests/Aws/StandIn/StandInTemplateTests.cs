using System.Text.Json.Nodes;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>That the stand-in takes no template that CloudFormation would refuse.</summary>
public sealed class StandInTemplateTests
{
    [Theory]
    [InlineData("", "failed to satisfy constraint")]
    [InlineData("{", "JSON not well-formed")]
    [InlineData("[]", "unsupported structure")]
    [InlineData("{}", "At least one Resources member must be defined")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::S3::Bucket"}}}""", "Unrecognized resource types: [AWS::S3::Bucket]")]
    [InlineData("""{"Resources":{"A-B":{"Type":"AWS::SageMaker::Model"}}}""", "Resource name A-B is non alphanumeric")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model","Props":{}}}}""", "Invalid template resource property 'Props'")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model","Properties":{"ModelName":{"Ref":"B"}}}}}""", "Unresolved resource dependencies [B] in the Resources")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model","DependsOn":"B"}}}""", "Unresolved resource dependencies [B] in the Resources")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model"}},"Outputs":{"O":{"Value":{"Ref":"B"}}}}""", "Unresolved resource dependencies [B] in the Outputs")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model","DependsOn":["B"]},"B":{"Type":"AWS::SageMaker::Model","DependsOn":["A"]}}}""", "Circular dependency between resources: [A, B]")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model"}},"Outputs":{"O":{"Value":{"Fn::GetAtt":["A","Arn"]}}}}""", "does not support attribute type Arn")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model"}},"Transform":"AWS::Serverless"}""", "Invalid template property or properties [Transform]")]
    [InlineData("""{"AWSTemplateFormatVersion":"2011-01-01","Resources":{"A":{"Type":"AWS::SageMaker::Model"}}}""", "Unsupported template format version")]
    [InlineData("""{"Parameters":{"P":{"Type":"Text"}},"Resources":{"A":{"Type":"AWS::SageMaker::Model"}}}""", "Unrecognized parameter type: Text")]
    [InlineData("""{"Resources":{"A":{"Type":"AWS::SageMaker::Model","Properties":{"ModelName":{"Fn::Join":["",[]]}}}}}""", "Fn::Join is not supported here")]
    public void A_template_with_a_fault_is_refused(string template, string fault)
    {
        var error = Assert.Throws<StandInFault>(() => StandInTemplate.Parse(template));

        Assert.Equal("ValidationError", error.Code);
        Assert.Contains(fault, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_template_over_the_limit_is_refused()
    {
        var template = StackTemplates.With(root => root["Description"] = new string('x', 51_200));

        Assert.Contains("less than or equal to 51200", Assert.Throws<StandInFault>(() => StandInTemplate.Parse(template)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Resources_stand_after_those_they_need() =>
        Assert.Equal(["Model", "EndpointConfig", "Endpoint"], StandInTemplate.Parse(StackTemplates.Model).Order.Select(resource => resource.Name));

    [Theory]
    [InlineData("""{"ProductionVariants":[]}""", "#/ProductionVariants: expected minimum item count: 1, found: 0")]
    [InlineData("""{"ProductionVariants":[{"VariantName":"A","InitialInstanceCount":"x"}]}""", "#/ProductionVariants/0/InitialInstanceCount: expected type: Number")]
    [InlineData("""{"ProductionVariants":[{"VariantName":"A","InitialInstanceCount":"2"}]}""", null)]
    [InlineData("""{"ProductionVariants":[{"VariantName":"A","ContainerStartupHealthCheckTimeoutInSeconds":30}]}""", "30 is not greater or equal to 60")]
    [InlineData("""{"ProductionVariants":[{"VariantName":"A","InferenceAmiVersion":"latest"}]}""", "latest is not a valid enum value")]
    [InlineData("""{"ProductionVariants":[{}]}""", "#/ProductionVariants/0: required key [VariantName] not found")]
    [InlineData("""{"ProductionVariants":{}}""", "#/ProductionVariants: expected type: JSONArray, found: JSONObject")]
    public void Properties_are_checked_as_the_services_model_says(string properties, string? fault)
    {
        var found = ResourceTypes.All[ResourceTypes.Config].Properties.FaultOf(JsonNode.Parse(properties), "#");

        Assert.Contains(fault ?? "", found ?? "", StringComparison.Ordinal);
        Assert.Equal(fault is null, found is null);
    }
}
